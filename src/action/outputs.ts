import type { JudgedTarget, Report } from '../report/report-schema.ts';
import type { ActionOutputs } from './mode.ts';

/** What later steps learn of a report: nothing but numbers and plain words. */
export function reportOutputs(report: Report): ActionOutputs {
  const judged = report.models.flatMap(({ targets }) =>
    targets.filter((target): target is JudgedTarget => target.verdict !== 'error'),
  );
  const [worst] = judged.toSorted((a, b) => b.metric.drop - a.metric.drop);
  const bases = judged.flatMap(({ base }) => base ?? []);
  const trainings = bases.flatMap(({ training }) => training?.drop ?? []);
  const most = (losses: readonly number[]) => Math.max(...losses);
  const layer = worst?.layers.find(({ rank }) => rank === 1)?.name ?? worst?.likelyLeaders?.layers[0].layer;
  return {
    verdict: report.verdict,
    ...(worst !== undefined && { drop: worst.metric.drop }),
    ...(bases.length > 0 && {
      regression: most(bases.map(({ onChip }) => onChip.drop)),
    }),
    ...(trainings.length > 0 && { training: most(trainings) }),
    ...(layer !== undefined && { 'worst-layer': plain(layer) }),
  };
}

/** A workflow may put an output into a script, so a model's name of a layer keeps no character that means something. */
function plain(name: string): string {
  return name.replace(/[^\w./:-]/g, '_').slice(0, 200);
}

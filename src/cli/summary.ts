import type { Report, TargetReport } from '../report/report-schema.ts';
import { change, changeInterval } from '../words/counts.ts';
import { measured } from '../words/figures.ts';

/** A verdict per line, for a terminal or a log. */
export function summaryLines(report: Report): string[] {
  return report.models.flatMap((model) =>
    model.targets.map((target) => `${model.name}  ${targetLine(target)}`),
  );
}

function targetLine(target: TargetReport): string {
  if (target.verdict === 'error') return `error         ${target.target}: ${target.reasons.join('; ')}`;
  const { name, unit, fp32, quantized, drop, interval, budget } = target.metric;
  const values = `${name} ${measured(fp32, unit)} → ${measured(quantized, unit)}`;
  const loss = `drop ${change(drop, unit)} ${changeInterval(interval, unit)}, budget ${change(budget, unit)}`;
  return `${target.verdict.padEnd(12)}  ${target.target}: ${values}, ${loss}`;
}

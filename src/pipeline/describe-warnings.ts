import type { JudgedFinding } from './describe.ts';
import type { Evidence } from './evidence.ts';
import type { Prepared } from './prepare.ts';
import type { Probes } from './read-probes.ts';

/** The sentences about one model that a report begins with: what was not run, and what figures may flatter. */
export function modelWarnings(
  prepared: Prepared,
  { lookup, fp32, probes }: Evidence,
  findings: readonly JudgedFinding[],
): string[] {
  const stored = lookup.state === 'compared' ? lookup.baseline : undefined;
  const isOfAnother = stored !== undefined && stored.modelSha256 !== prepared.model.sha256;
  return [
    ...samplesShared(prepared, probes, fp32.scores.length),
    ...kernelsNotRun(prepared, findings),
    ...kernelsThatJudge(prepared, findings),
    ...(isOfAnother
      ? [
          `${prepared.config.name}: the baseline is of another version of the model, ${stored.modelSha256.slice(0, 12)}`,
        ]
      : []),
    ...notExplained(prepared, findings),
  ];
}

function samplesShared({ config }: Prepared, { calibrating }: Probes, evaluated: number): string[] {
  return calibrating === 0
    ? []
    : [
        `${config.name}: ${calibrating} of the ${evaluated} evaluation samples calibrate, too, and may look better than samples that do not: evaluate on others`,
      ];
}

function kernelsThatJudge({ config }: Prepared, findings: readonly JudgedFinding[]): string[] {
  return findings.flatMap(({ result: { candidate, integer, judgement } }) =>
    integer?.judges ? [`${config.name}, ${candidate.config.id}: ${judgement.reasons[0]}`] : [],
  );
}

function kernelsNotRun({ config }: Prepared, findings: readonly JudgedFinding[]): string[] {
  return findings.flatMap(({ result: { candidate } }) => {
    const { config: target, kernels } = candidate;
    return kernels !== undefined && 'notRun' in kernels
      ? [`${config.name}, ${target.id}: ONNX Runtime's integer kernels were not run: ${kernels.notRun}`]
      : [];
  });
}

function notExplained({ config }: Prepared, findings: readonly JudgedFinding[]): string[] {
  return findings.flatMap(({ result, attributed, advised: { notAdvised } }) => {
    const where = `${config.name}, ${result.candidate.config.id}`;
    return [
      ...('notAttributed' in attributed
        ? [`${where}: the loss is not attributed to layers: ${attributed.notAttributed}`]
        : []),
      ...(notAdvised === undefined ? [] : [`${where}: there is no advice: ${notAdvised}`]),
    ];
  });
}

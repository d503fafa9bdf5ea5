import { quote } from '../errors.ts';
import { maskConstants } from '../quantization/mask-constants.ts';
import { SIGHT, sightOf } from '../quantization/sight.ts';

import { likelyPoints } from '../verdict/budget.ts';
import { whyNotEarly } from '../verdict/looks.ts';
import { magnitude, rangeText } from '../words/ranges.ts';
import { realRunContradicts } from './beside-emulation.ts';
import type { JudgedFinding } from './describe.ts';
import type { Evidence } from './evidence.ts';
import type { Prepared } from './prepare.ts';
import type { Probes } from './read-probes.ts';

/** The sentences about one model that a report begins with: what was not run, and what figures may flatter. */
export function modelWarnings(
  prepared: Prepared,
  { lookup, fp32, probes, evaluations }: Evidence,
  findings: readonly JudgedFinding[],
): string[] {
  const stored = lookup.state === 'compared' ? lookup.baseline : undefined;
  const isTwin = stored === fp32 && fp32.modelSha256 !== prepared.fp32.sha256;
  return [
    ...generousBudget(prepared),
    ...baselineLost(prepared, lookup),
    ...notStopped(prepared, evaluations),
    ...samplesShared(prepared, probes, fp32.scores.length),
    ...withoutReference(prepared, isTwin),
    ...masksOutOfSight(prepared, findings),
    ...kernelsNotRun(prepared, findings),
    ...kernelsThatContradict(prepared, findings),
    ...withoutInt8(prepared, findings),
    ...stepsWithoutEffect(prepared, findings),
    ...notExplained(prepared, findings),
  ];
}

/** Steps of a recipe that are there for nothing. */
function stepsWithoutEffect({ config }: Prepared, findings: readonly JudgedFinding[]): string[] {
  return findings.flatMap(({ result: { candidate } }) => {
    const { id, recipe } = candidate.config;
    const idle = recipe.filter((step) => !candidate.taken.some((taken) => taken.step === step));
    return idle.length === 0
      ? []
      : [`${config.name} on ${id}: ${idle.join(', ')} of its recipe found nothing to do: leave it out`];
  });
}

/** A budget that may be a hundred times what was meant. */
function generousBudget({ config, metric, maxDrop }: Prepared): string[] {
  const words = maxDrop && likelyPoints(maxDrop, metric);
  return words === undefined ? [] : [`${config.name}: ${words}`];
}

/** A comparison that should have been there. */
function baselineLost({ config }: Prepared, lookup: Evidence['lookup']): string[] {
  return lookup.state === 'baseline-unavailable'
    ? [
        `${config.name}: nothing of the base was compared with, as the baseline is unavailable: ${lookup.reason}`,
      ]
    : [];
}

/** Samples that could not be looked at on the way. */
function notStopped({ config, metric }: Prepared, evaluations: Evidence['evaluations']): string[] {
  if (config.evaluation.stop !== 'early') return [];
  const evaluated = [...evaluations.values()];
  if (evaluated.length === 0 || evaluated.some(({ looked }) => looked !== undefined)) return [];
  const why =
    whyNotEarly(metric) ?? 'samples of a module, and of shards, come in an order that may not be at random';
  return [`${config.name}: stop: early changes nothing, as ${why}`];
}

function samplesShared({ config }: Prepared, { calibrating }: Probes, evaluated: number): string[] {
  return calibrating === 0
    ? []
    : [
        `${config.name}: ${calibrating} of the ${evaluated} evaluation samples calibrate, too, and may look better than samples that do not: evaluate on others`,
      ];
}

/** What the figures of a quantized file leave out where nothing says what it was made of. */
function withoutReference({ config, model, fp32 }: Prepared, isTwin: boolean): string[] {
  if (model.file === undefined || fp32 !== model) return [];
  if (isTwin)
    return [
      `${config.name} is quantized already: FP32 is the one of the baseline, so that what training changed since counts as quantization: name the FP32 model in reference to tell them apart`,
    ];
  return [
    `${config.name} is quantized already: its own grids are judged, and FP32 is the file without its quantizers, with the weights that its integers stand for: name the FP32 model in reference to count what those lost`,
  ];
}

/** Tools that calibrate by themselves would give a mask the range: what was measured here is the pin that helps them. */
function masksOutOfSight({ config, model }: Prepared, findings: readonly JudgedFinding[]): string[] {
  return maskConstants(model, sightOf(model)).flatMap(({ name, value, scores }) => {
    const [pin] = findings.flatMap(({ result: { candidate } }) =>
      scores.flatMap((score) => {
        const range = candidate.quantized.parameters.activations.get(score);
        return range === undefined ? [] : [`${quote(score)} to ${rangeText(range)}`];
      }),
    );
    if (pin === undefined) return [];
    return [
      `${config.name}: a Softmax does not see the mask constant ${quote(name)} (${magnitude(value)}), so it sets no range here: for tools that calibrate by themselves pin ${pin}, as was measured, or put -${SIGHT} in its place`,
    ];
  });
}

function kernelsThatContradict({ config, metric }: Prepared, findings: readonly JudgedFinding[]): string[] {
  return findings.flatMap(({ result: { candidate, integer } }) =>
    integer?.beside.contradicts
      ? [`${config.name}, ${candidate.config.id}: ${realRunContradicts(integer.beside, metric.unit)}`]
      : [],
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

/** The base is compared with as far as it goes: which targets only have its FP32, and why. */
function withoutInt8({ config }: Prepared, findings: readonly JudgedFinding[]): string[] {
  const missing = findings.flatMap(({ result: { candidate, withBase } }) =>
    withBase?.missing === undefined ? [] : [{ id: candidate.config.id, why: withBase.missing }],
  );
  return [...new Set(missing.map(({ why }) => why))].map((why) => {
    const ids = missing.filter((each) => each.why === why).map(({ id }) => id);
    return `${config.name}, ${ids.join(', ')}: compared with FP32 of the base, as ${why}: the next push to the base branch records it`;
  });
}

function notExplained({ config }: Prepared, findings: readonly JudgedFinding[]): string[] {
  return findings.flatMap(({ result, attributed, advised: { notAdvised } }) => {
    const where = `${config.name}, ${result.candidate.config.id}`;
    return [
      ...('notAttributed' in attributed && attributed.notAttributed !== undefined
        ? [`${where}: the loss is not attributed to layers: ${attributed.notAttributed}`]
        : []),
      ...(notAdvised === undefined ? [] : [`${where}: there is no advice: ${notAdvised}`]),
    ];
  });
}

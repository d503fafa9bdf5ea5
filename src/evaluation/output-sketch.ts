import { isFloat, numbersOf } from '../data/convert.ts';
import type { Metric, Outputs } from '../metrics/metric.ts';
import type { Tensor } from '../numerics/tensor.ts';
import { sha256Of } from '../sha256.ts';

/** What is kept of the outputs of FP32, sample by sample, to see whether they say anything at all. */
export interface OutputSketch {
  samples: number;
  /** Classes that a sample is scored on; null where the outputs are no scores of classes. */
  classes: number | null;
  /** Hash of the outputs that the metric reads as long as all samples have the same, else null. */
  output: string | null;
  /** The same of the labels. */
  label: string | null;
  /** How many samples have each class as their label. */
  readonly labels: Map<number, number>;
}

export function emptySketch(): OutputSketch {
  return { samples: 0, classes: null, output: null, label: null, labels: new Map() };
}

/** Adds a sample. */
export function sketchSample(sketch: OutputSketch, metric: Metric, outputs: Outputs, label: unknown): void {
  const read = metric.output === undefined ? Object.values(outputs) : [outputs[metric.output]];
  const isFirst = sketch.samples++ === 0;
  if (isFirst) sketch.classes = classesOf(metric, read[0]);
  if (isFirst || sketch.output !== null) sketch.output = same(isFirst, sketch.output, hashOf(read));
  if (isFirst || sketch.label !== null) sketch.label = same(isFirst, sketch.label, labelHash(label));
  if (metric.labels === 'class' && typeof label === 'number')
    sketch.labels.set(label, (sketch.labels.get(label) ?? 0) + 1);
}

/** The sketch of all samples from those of its parts. */
export function mergeSketches(parts: readonly OutputSketch[]): OutputSketch {
  const whole = emptySketch();
  for (const part of parts.filter(({ samples }) => samples > 0)) {
    const isFirst = whole.samples === 0;
    whole.samples += part.samples;
    whole.classes = isFirst || whole.classes === part.classes ? part.classes : null;
    whole.output = same(isFirst, whole.output, part.output);
    whole.label = same(isFirst, whole.label, part.label);
    for (const [label, count] of part.labels) whole.labels.set(label, (whole.labels.get(label) ?? 0) + count);
  }
  return whole;
}

function same(isFirst: boolean, before: string | null, now: string | null): string | null {
  return isFirst || before === now ? now : null;
}

/** Class ids are few: that all samples have the same one is not what is looked for here. */
function hashOf(read: readonly (Tensor | undefined)[]): string | null {
  const floats = read.filter(
    (tensor) => tensor !== undefined && isFloat(tensor.type) && tensor.data.length > 0,
  );
  return floats.length === 0 ? null : sha256Of(Buffer.concat(floats.map((tensor) => bytesOf(tensor!))));
}

function labelHash(label: unknown): string | null {
  if (label === undefined) return null;
  const { data } = (typeof label === 'object' && label !== null ? label : {}) as Partial<Tensor>;
  if (ArrayBuffer.isView(data)) return sha256Of(bytesOf({ data }));
  return sha256Of(
    JSON.stringify(label, (_, value) => (typeof value === 'bigint' ? String(value) : value)) ?? '',
  );
}

function bytesOf({ data }: Pick<Tensor, 'data'>): Uint8Array {
  return new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
}

function classesOf({ classes }: Metric, tensor: Tensor | undefined): number | null {
  if (classes === undefined || tensor === undefined || !isFloat(tensor.type)) return null;
  const { dims, data } = tensor;
  if (dims.length < 2 || dims[1] !== data.length || data.length < 2) return null;
  return classes === 'scores' || isDistribution(numbersOf(tensor)) ? data.length : null;
}

function isDistribution(values: ArrayLike<number>): boolean {
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    if (!(values[i] >= 0)) return false;
    sum += values[i];
  }
  return Math.abs(sum - 1) <= 1e-3;
}

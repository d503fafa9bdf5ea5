import { quantizeWeights } from '../../../src/numerics/channels.ts';
import { asymmetricGrid, symmetricGrid } from '../../../src/numerics/grid.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import type { InputMoments } from '../../../src/recovery/layer-sight.ts';
import { linearFormOf } from '../../../src/recovery/linear-form.ts';
import type { RepairedLayer } from '../../../src/recovery/repair-layer.ts';
import type { Repairable } from '../../../src/recovery/repairable.ts';
import { floats, makeModel } from '../../support/models.ts';
import { randomSource } from '../numerics/samples.ts';
import { layerIn } from './products.ts';

/** What one group of a layer reads, in FP32 and in the quantized model, each [count, depth]. */
export interface Seen {
  readonly count: number;
  readonly x: Float64Array;
  readonly quantized: Float64Array;
}

export interface LayerSpec {
  readonly seed: number;
  readonly op: 'Conv' | 'ConvTranspose' | 'Gemm';
  /** 1 for a Gemm. */
  readonly groups: number;
  readonly rows: number;
  readonly depth: number;
  readonly bits: number;
  readonly symmetric: boolean;
  readonly perTensor: boolean;
  readonly hasBias: boolean;
  /** What the inputs in the quantized model are off by. */
  readonly drift: number;
  /** The same, of the samples kept apart. */
  readonly driftApart: number;
}

export type SeenLayer = Repairable & { readonly repairingSeen: Seen[]; readonly apartSeen: Seen[] };

/** A layer with random weights, and correlated inputs that have a mean. */
export function seenLayer(spec: Partial<LayerSpec> = {}): SeenLayer {
  const { seed = 1, op = 'Conv', rows = 4, depth = 6, bits = 4, drift = 0.1 } = spec;
  const { symmetric = true, perTensor = false, hasBias = true, driftApart = drift } = spec;
  const groups = op === 'Gemm' ? 1 : (spec.groups ?? 1);
  const dims = {
    Conv: [groups * rows, depth, 1],
    ConvTranspose: [groups * depth, rows, 1],
    Gemm: [depth, rows],
  }[op];
  const { gauss } = randomSource(seed);
  const weight = Float32Array.from({ length: groups * rows * depth }, gauss);
  const layer = layerIn(
    makeModel({
      nodes: [makeNode(op, ['x', 'w'], ['y'], op === 'Gemm' ? {} : { group: groups })],
      inputs: [{ name: 'x', dims: ['N'] }],
      outputs: [{ name: 'y', dims: ['N'] }],
      constants: { w: floats(dims, weight) },
    }),
  );
  const form = linearFormOf(layer, dims)!;
  const grid = symmetric ? symmetricGrid(bits, { restricted: true }) : asymmetricGrid(bits, false);
  const onto = { grid, rounding: 'half-to-even' as const };
  const channels = { dims, axis: perTensor ? null : layer.weight!.axis };
  const chosen = { grid, ...channels, ...quantizeWeights(weight, channels, onto, 'max') };
  const mixing = Float64Array.from({ length: depth * depth }, gauss);
  const seen = (off: number) =>
    Array.from({ length: groups }, () =>
      inputsOf(gauss, { depth, mixing, drift: off, count: 6 * depth + 20 }),
    );
  const [repairingSeen, apartSeen] = [seen(drift), seen(driftApart)];
  return {
    form,
    weight,
    bias: hasBias ? Float32Array.from({ length: groups * rows }, gauss) : undefined,
    chosen,
    onto,
    repairing: repairingSeen.map((each) => momentsOfSeen(each, depth)),
    apart: apartSeen.map((each) => momentsOfSeen(each, depth)),
    repairingSeen,
    apartSeen,
  };
}

function inputsOf(
  gauss: () => number,
  { depth, mixing, drift, count }: { depth: number; mixing: Float64Array; drift: number; count: number },
): Seen {
  const [x, quantized] = [new Float64Array(count * depth), new Float64Array(count * depth)];
  for (let t = 0; t < count; t++) {
    const own = Float64Array.from({ length: depth }, gauss);
    for (let j = 0; j < depth; j++) {
      let sum = 0.5;
      for (let i = 0; i < depth; i++) sum += own[i] * mixing[i * depth + j];
      x[t * depth + j] = Math.max(sum, 0);
      quantized[t * depth + j] = 0.25 * Math.round(x[t * depth + j] / 0.25) + drift;
    }
  }
  return { count, x, quantized };
}

export function momentsOfSeen({ count, x, quantized }: Seen, depth: number): InputMoments {
  const mean = (of: (row: number) => number) => {
    let sum = 0;
    for (let t = 0; t < count; t++) sum += of(t * depth);
    return sum / count;
  };
  const products = (a: Float64Array, b: Float64Array) =>
    Float64Array.from({ length: depth * depth }, (_, at) =>
      mean((row) => a[row + Math.floor(at / depth)] * b[row + (at % depth)]),
    );
  const means = (a: Float64Array) =>
    Float64Array.from({ length: depth }, (_, j) => mean((row) => a[row + j]));
  return {
    h: products(quantized, quantized),
    k: products(x, quantized),
    mean: means(x),
    quantizedMean: means(quantized),
    places: count,
  };
}

/** Mean and mean square of what each output channel is off by over some samples, value by value. */
export function outputErrors(
  { form, weight, bias }: SeenLayer,
  made: Pick<RepairedLayer, 'weight' | 'bias'>,
  seen: readonly Seen[],
): { readonly mean: number; readonly power: number }[] {
  const { rows, depth, places } = form;
  return Array.from(form.channels, (_, channel) => {
    const { count, x, quantized } = seen[Math.floor(channel / rows)];
    const shift = made.bias === undefined ? 0 : made.bias[channel] - bias![channel];
    let [mean, power] = [0, 0];
    for (let t = 0; t < count; t++) {
      let error = shift;
      for (let d = 0; d < depth; d++) {
        const place = places[channel * depth + d];
        error += made.weight.data[place] * quantized[t * depth + d] - weight[place] * x[t * depth + d];
      }
      mean += error / count;
      power += error ** 2 / count;
    }
    return { mean, power };
  });
}

/** Noise power of a layer's output, summed over its channels. */
export function outputPower(...given: Parameters<typeof outputErrors>): number {
  return outputErrors(...given).reduce((sum, { power }) => sum + power, 0);
}

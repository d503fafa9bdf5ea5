import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { asymmetricGrid } from '../../../src/numerics/grid.ts';
import { htpGenerations } from '../../../src/numerics/htp.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { type HtpSteps, htpSteps } from '../../../src/quantization/htp-rescale.ts';

/** A convolution that Qualcomm's library computed: what went in, and the codes that came out. */
interface Golden {
  readonly kind: 'dense' | 'depthwise';
  readonly generation: 'v68' | 'v73';
  readonly bits: 8 | 16;
  readonly stride: number;
  /** Less their zero point: output channels × inputs × kernel. */
  readonly weights: readonly number[][][][];
  readonly bias: readonly number[];
  readonly scales: { readonly input: number; readonly weights: readonly number[]; readonly output: number };
  readonly zeroPoints: { readonly input: number; readonly output: number };
  /** Codes by input channel, place in the kernel and position. */
  readonly patches: readonly number[][][];
  /** By output channel and position. */
  readonly codes: readonly number[][];
}

const { layers }: { layers: readonly Golden[] } = JSON.parse(
  readFileSync(join(import.meta.dirname, 'golden/htp-layers.json'), 'utf8'),
);

describe('a layer on HTP', () => {
  it.each(
    layers.map(
      (golden) =>
        [`${golden.generation} ${golden.bits} bits ${golden.kind} ${golden.stride}`, golden] as const,
    ),
  )('gives the codes of the library: %s', (_, golden) => {
    const steps = stepsOf(golden);
    const off = golden.codes.map((codes, channel) =>
      codes.map((code, position) => codeOf(golden, steps, channel, position) - code),
    );
    const wrong = off.flat().filter((difference) => difference !== 0);
    // The library's factors of 16 bits are not known to the last bit.
    expect(wrong.length / off.flat().length, JSON.stringify(wrong)).toBeLessThan(
      golden.bits === 8 ? 1e-9 : 0.03,
    );
    expect(Math.max(...wrong.map(Math.abs), 0)).toBeLessThanOrEqual(1);
  });

  it('is the matrix unit’s where a strided depthwise kernel is long, and on V73 where it is 2×2', () => {
    const golden = layers.find(({ kind, stride }) => kind === 'depthwise' && stride === 2)!;
    const isCut = (generation: Golden['generation'], side: number) => {
      const weights = golden.weights.map(() => [Array.from({ length: side }, () => Array(side).fill(1))]);
      return stepsOf({ ...golden, bits: 8, generation, weights }).perCut !== undefined;
    };
    expect([2, 3, 7, 8].map((side) => isCut('v68', side))).toEqual([false, false, false, true]);
    expect([2, 3, 7, 8].map((side) => isCut('v73', side))).toEqual([true, false, false, true]);
  });

  it('cuts the fraction in a strided depthwise convolution with less than two units a step', () => {
    const golden = layers.find(
      ({ kind, stride, bits }) => kind === 'depthwise' && stride === 2 && bits === 8,
    )!;
    const raisedAt = (units: number) => {
      const output = units * golden.scales.input * golden.scales.weights[0];
      const { raised } = stepsOf({ ...golden, scales: { ...golden.scales, output } });
      return raised[0] + golden.zeroPoints.output;
    };
    expect([0.6, 1.9, 2.5, 300].map(raisedAt)).toEqual([0, 0, 0.5, 0.5]);
  });

  it('is not known for weights that have no output channels', () => {
    const golden = layers[0];
    const node = makeNode('MatMul', ['w', 'x'], ['y']);
    expect(stepsOf(golden, { op: 'MatMul', node, weight: { name: 'w', input: 0, axis: 0 } })).toBeUndefined();
  });
});

function stepsOf(golden: Golden, changes: object = {}): HtpSteps {
  const { weights, bias, scales, zeroPoints, bits, stride, kind, generation } = golden;
  const dims = [weights.length, weights[0].length, weights[0][0].length, weights[0][0][0].length];
  const grid = asymmetricGrid(bits, false);
  const params = (scale: number, zeroPoint: number) => ({ scale, zeroPoint, alpha: 0, beta: 1, grid });
  const node = makeNode('Conv', ['x', 'w', 'b'], ['y'], {
    strides: [stride, stride],
    group: kind === 'depthwise' ? weights.length : 1,
  });
  return htpSteps(
    {
      layer: {
        name: 'layer',
        op: 'Conv',
        node,
        activations: ['x'],
        weight: { name: 'w', input: 1, axis: 0 },
        bias: { name: 'b', input: 2 },
        output: 'y',
        ...changes,
      },
      weights: { type: 'float32', dims, data: Float32Array.from(weights.flat(3)) },
      bias: {
        codes: Int32Array.from(bias),
        scales: Float32Array.from(scales.weights, (s) => s * scales.input),
      },
      products: scales.weights.map((s) => s * scales.input),
      input: params(scales.input, zeroPoints.input),
      output: params(scales.output, zeroPoints.output),
      size: undefined,
      bits,
    },
    htpGenerations[`htp-${generation}`],
  )!;
}

function codeOf(golden: Golden, steps: HtpSteps, channel: number, position: number): number {
  const { patches, zeroPoints, bits, kind } = golden;
  const read = (kind === 'depthwise' ? [patches[channel]] : patches).flatMap((cut) =>
    cut.map((places) => places[position]),
  );
  const at = (values: Float32Array) => values[values.length === 1 ? 0 : channel];
  const weights = steps.weights!.data.slice(channel * read.length, (channel + 1) * read.length);
  const sumOf = (codes: readonly number[], zero: number) =>
    codes.reduce((sum, code, i) => sum + (code - zero) * Number(weights[i]), 0);
  const { bytes } = steps;
  let sum = at(steps.added);
  if (bytes === undefined) sum += sumOf(read, zeroPoints.input);
  else {
    sum += sumOf(
      read.map((code) => Math.floor(code / 256)),
      Math.floor(zeroPoints.input / 256),
    );
    const lower = sumOf(
      read.map((code) => code % 256),
      zeroPoints.input % 256,
    );
    sum += Math.floor((lower + at(bytes.added)) / 256);
  }
  const cut = steps.perCut === undefined ? sum : Math.floor(sum * at(steps.perCut));
  const code = Math.floor(cut * at(steps.factors) + at(steps.raised)) + zeroPoints.output;
  return Math.min(Math.max(code, 0), 2 ** bits - 1);
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { emulatedModel } from '../../../src/emulation/emulated-model.ts';
import { limitedReciprocals } from '../../../src/emulation/htp-operators.ts';
import type { Range } from '../../../src/numerics/grid.ts';
import type { Tensor } from '../../../src/numerics/tensor.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { serializeModel } from '../../../src/onnx/model.ts';
import { integerJoins } from '../../../src/quantization/integer-joins.ts';
import { openModel } from '../../../src/runtime/open-model.ts';
import { startRuntime } from '../../../src/runtime/runtime.ts';
import { targets } from '../../../src/targets/index.ts';
import { snpeOf } from '../../../src/targets/snpe.ts';
import type { Target } from '../../../src/targets/target.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { floats, random } from '../../support/models.ts';
import { quantizedBy } from '../../support/quantize.ts';

/** An operator that Qualcomm's library computed: every code of each input, and the codes that came out. */
interface Golden {
  readonly op: 'Concat' | 'Sub' | 'Reciprocal' | 'ConvTranspose';
  readonly generation: 'v68' | 'v73';
  /** Of the inputs, then of the output. */
  readonly ranges: readonly (readonly [number, number])[];
  readonly inputs: readonly number[][];
  readonly codes: readonly number[];
  /** Of a ConvTranspose: real values. */
  readonly weights?: { readonly dims: readonly number[]; readonly values: readonly number[] };
  readonly bias?: readonly number[];
  readonly stride?: number;
  readonly pad?: number;
  /** Height and width of the input; `SIDE` of others. */
  readonly size?: number;
}

const { operators }: { operators: readonly Golden[] } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../quantization/golden/htp-operators.json'), 'utf8'),
);

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

const SIDE = 16;

async function quantizedFor(golden: Golden, target: Target) {
  const { op, ranges, weights, bias, stride, pad, size = SIDE } = golden;
  const inputs = ranges.slice(0, -1).map((_, i) => `x${i}`);
  const constants: Record<string, Tensor> = {};
  if (weights !== undefined) {
    constants.w = floats(weights.dims, Float32Array.from(weights.values));
    constants.b = floats([bias!.length], Float32Array.from(bias!));
  }
  const attributes = {
    Concat: { axis: 1 },
    ConvTranspose: { strides: [stride!, stride!], pads: [pad!, pad!, pad!, pad!] },
    Sub: {},
    Reciprocal: {},
  };
  const model = await load({
    nodes: [makeNode(op, [...inputs, ...Object.keys(constants)], ['y'], attributes[op])],
    inputs: inputs.map((name) => ({ name, dims: [1, weights?.dims[0] ?? 1, size, size] })),
    outputs: [{ name: 'y', dims: [1, 'C', 'H', 'W'] }],
    constants,
  });
  const pins = Object.fromEntries(
    [...inputs, 'y'].map((name, i): [string, Range] => [name, { alpha: ranges[i][0], beta: ranges[i][1] }]),
  );
  const bits = { weightBits: 8, activationBits: 8 };
  const scheme = { target, granularity: 'per-tensor' as const, ...bits, range: 'min-max' as const };
  return quantizedBy(model, scheme, new Map(), pins);
}

describe('an operator on HTP', () => {
  it.each(operators.map((golden) => [`${golden.op} on ${golden.generation}`, golden] as const))(
    'gives the codes of the library: %s',
    async (_, golden) => {
      const quantized = await quantizedFor(golden, snpeOf(golden.generation));
      const { activations } = quantized.parameters;
      const real = golden.inputs.map((codes, i) => {
        const { scale, zeroPoint } = activations.get(`x${i}`)!;
        return [
          `x${i}`,
          floats(
            [1, golden.weights?.dims[0] ?? 1, golden.size ?? SIDE, golden.size ?? SIDE],
            Float32Array.from(codes, (code) => (code - zeroPoint) * scale),
          ),
        ] as const;
      });
      const session = await load.runtime.open(serializeModel(emulatedModel(quantized, 'integer').model), {
        optimize: 'float',
      });
      const { y } = await session.run(Object.fromEntries(real));
      await session.close();
      const { scale, zeroPoint } = activations.get('y')!;
      const codes = Array.from(y.data as Float32Array, (value) => Math.round(value / scale) + zeroPoint);
      const wrong = codes.flatMap((code, i) =>
        code === golden.codes[i]
          ? []
          : [`${golden.inputs.map((input) => input[i])}: ${code}, ${golden.codes[i]}`],
      );
      // Halves of a Reciprocal go down.
      expect(wrong.length, wrong.join('\n')).toBeLessThanOrEqual(golden.op === 'Reciprocal' ? 4 : 0);
    },
  );

  it('rounds codes that a second Concat puts onto its grid again to 64 steps before', async () => {
    const stepsOf = async (second: string) => {
      const model = await load({
        nodes: [
          makeNode('Concat', ['x0', 'x1'], ['a'], { axis: 1 }),
          makeNode('Transpose', ['a'], ['t'], { perm: [0, 1, 3, 2] }),
          makeNode(
            second,
            second === 'Concat' ? ['t', 'x2'] : ['t'],
            ['y'],
            second === 'Concat' ? { axis: 1 } : {},
          ),
        ],
        inputs: ['x0', 'x1', 'x2'].map((name) => ({ name, dims: [1, 1, 4, 4] })),
        outputs: [{ name: 'y', dims: [1, 'C', 4, 4] }],
      });
      const pins = { x0: 1, x1: 0.9, x2: 0.8, a: 1.1, y: 1.3 };
      const ranges = Object.entries(pins).map(([name, beta]) => [name, { alpha: 0, beta }]);
      const scheme = {
        target: snpeOf('v73'),
        granularity: 'per-tensor' as const,
        weightBits: 8,
        activationBits: 8,
      };
      const quantized = quantizedBy(
        model,
        { ...scheme, range: 'min-max' },
        new Map(),
        Object.fromEntries(ranges),
      );
      return integerJoins(quantized).map(({ regrids }) => regrids.map(({ steps }) => steps));
    };
    expect(await stepsOf('Concat')).toEqual([
      [64, 64],
      [undefined, undefined],
    ]);
    expect(await stepsOf('Exp')).toEqual([[undefined, undefined]]);
  });

  it('is the same as before on other chips, and on V66', async () => {
    for (const golden of operators)
      for (const target of [targets.onnxruntime, snpeOf('v66')]) {
        const quantized = await quantizedFor(golden, target);
        expect(integerJoins(quantized)).toEqual([]);
        expect(limitedReciprocals(quantized)).toEqual([]);
      }
  });
});

it.each([
  ['of HTP', 8, 0.4],
  ['of bits that HTP has not', 4, 6],
])('lets a layer read the sum of two others: %s', async (_, width, most) => {
  const w = floats(
    [8, 8, 1, 1],
    (random([8, 8, 1, 1], 3).data as Float32Array).map((value) => value / 4),
  );
  const model = await load({
    nodes: [
      makeNode('Conv', ['x', 'w'], ['a']),
      makeNode('Conv', ['a', 'w'], ['b']),
      makeNode('Add', ['a', 'b'], ['sum']),
      makeNode('Relu', ['sum'], ['r']),
      makeNode('Conv', ['r', 'w'], ['y']),
    ],
    inputs: [{ name: 'x', dims: [1, 8, 5, 5] }],
    outputs: [{ name: 'y', dims: [1, 8, 5, 5] }],
    constants: { w },
  });
  const range: Range = { alpha: -4, beta: 4 };
  const pins = { x: range, a: range, b: range, r: { alpha: 0, beta: 4 }, y: range };
  const bits = { weightBits: width, activationBits: width };
  const scheme = {
    target: snpeOf('v73'),
    granularity: 'per-tensor' as const,
    ...bits,
    range: 'min-max' as const,
  };
  const quantized = quantizedBy(model, scheme, new Map(), pins);
  expect(quantized.integerSums).toHaveLength(width === 8 ? 1 : 0);
  const runtime = await startRuntime('cpu');
  const x = random([1, 8, 5, 5], 4);
  const [exact, emulated] = await Promise.all(
    [model.model, emulatedModel(quantized, 'integer').model].map(async (each) => {
      const session = await openModel(each, { optimize: 'float' }, runtime);
      return (await session.run({ x })).y.data as Float32Array;
    }),
  );
  const worst = exact.reduce((most, value, i) => Math.max(most, Math.abs(value - emulated[i])), 0);
  // A few steps of 8/255 or 8/15, and some of them: the integers are those of the sum.
  expect(worst).toBeLessThan(most);
  expect(worst).toBeGreaterThan(0.01);
});

import fc from 'fast-check';
import type {
  LayerParameters,
  ParameterFormat,
  ParameterSet,
  TensorParameters,
} from '../../../src/formats/parameter-set.ts';
import type { Grid } from '../../../src/numerics/grid.ts';
import { nasty } from '../../support/nasty-report.ts';

/** Every step that a grid can have: normal float32, and so small that the ends of 16 bits are finite. */
export const anyStep = fc.oneof(
  fc.float({ min: 2 ** -126, max: 2 ** 100, noNaN: true }),
  fc.integer({ min: -126, max: 100 }).map((exponent) => 2 ** exponent),
);

/** Names as exporters give them, and as people who mean harm do. */
export const anyName = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 30 }),
  fc.constantFrom(
    ...nasty,
    '__proto__',
    'constructor',
    '"',
    '\\',
    'a"b\\c\n',
    "it's",
    'conv_param_0',
    '#conv',
  ),
);

interface Options {
  readonly inputGrid: (bits: number) => Grid;
  readonly weightGrid: (bits: number) => Grid;
  readonly bits: fc.Arbitrary<number>;
  readonly ops?: readonly string[];
}

/** Layers with one input and one weight, each of a name of its own. */
export function anySet(options: Options): fc.Arbitrary<ParameterSet> {
  const { inputGrid, weightGrid, bits, ops = ['Conv'] } = options;
  const layer = fc
    .record({
      name: anyName,
      op: fc.constantFrom(...ops),
      bits,
      input: anyStep,
      zeroPoint: fc.double({ min: 0, max: 1, noNaN: true }),
      weight: fc.array(anyStep, { minLength: 1, maxLength: 5 }),
    })
    .map(({ name, op, bits: width, input, zeroPoint, weight }): LayerParameters => {
      const grid = inputGrid(width);
      const z = grid.symmetric ? 0 : Math.round(grid.qmin + zeroPoint * (grid.qmax - grid.qmin));
      return {
        name,
        op,
        groups: 1,
        depthwise: false,
        inputs: [{ ...tensor(`${name}/in`, 'activation', grid, [input]), zeroPoints: [z] }],
        weight: tensor(`${name}/w`, 'weight', weightGrid(width), weight),
        bias: undefined,
        output: `${name}/out`,
      };
    });
  return fc.uniqueArray(layer, { selector: ({ name }) => name, maxLength: 6 }).map((layers) => ({
    layers,
    passedOn: new Set(),
    constants: [],
    activations: layers.flatMap(({ inputs }) => inputs),
  }));
}

/** One scale is per tensor; more are one a channel of dimension 0. */
export function tensor(
  name: string,
  kind: TensorParameters['kind'],
  { bits, qmin, qmax, symmetric }: Grid,
  scales: readonly number[],
): TensorParameters {
  const axis = scales.length > 1 ? 0 : null;
  return { name, kind, bits, symmetric, qmin, qmax, axis, scales, zeroPoints: scales.map(() => 0) };
}

/** The tensors of a set without the layers that a format left out, in the format's order of kinds. */
export function expected(
  set: ParameterSet,
  left: readonly { readonly name: string }[],
  rename?: (layer: LayerParameters) => string,
): TensorParameters[] {
  const out = new Set(left.map(({ name }) => name));
  return set.layers
    .filter(({ name }) => !out.has(name))
    .flatMap((layer) =>
      [...layer.inputs, layer.weight!].map((t) => (rename ? { ...t, name: rename(layer) } : t)),
    );
}

/** What a format reads of what it wrote. */
export function written(format: ParameterFormat, set: ParameterSet) {
  const { text, left } = format.write(set);
  return { text, left, tensors: text === '' ? [] : format.read(text, format.file).tensors };
}

/** A layer of the golden range [−1.2, 3.4] and a weight of two channels, ±3.4 and ±1. */
export function goldenSet(input: Grid, weight: Grid, inputStep: number, zeroPoint = 0): ParameterSet {
  const steps = [3.4, 1].map((absMax) => Math.fround(absMax / weight.qmax));
  const data = { ...tensor('data', 'activation', input, [Math.fround(inputStep)]), zeroPoints: [zeroPoint] };
  const layer: LayerParameters = {
    name: 'conv1',
    op: 'Conv',
    groups: 1,
    depthwise: false,
    inputs: [data],
    weight: tensor('conv1.weight', 'weight', weight, steps),
    bias: undefined,
    output: 'conv1_out',
  };
  return { activations: [data], passedOn: new Set(), constants: [], layers: [layer] };
}

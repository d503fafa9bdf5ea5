import fc from 'fast-check';
import type { ParameterSet, TensorParameters } from '../../../src/formats/parameter-set.ts';
import { asymmetricGrid, type Grid, quantParams, symmetricGrid } from '../../../src/numerics/grid.ts';

/** The parameters that a range of real values gets on a grid. */
export function tensorOn(
  grid: Grid,
  ranges: readonly (readonly [alpha: number, beta: number])[],
  of: Pick<TensorParameters, 'name' | 'kind' | 'axis'>,
): TensorParameters {
  const params = ranges.map(([alpha, beta]) => quantParams({ alpha, beta }, grid));
  return {
    ...of,
    ...grid,
    scales: params.map((p) => p.scale),
    zeroPoints: params.map((p) => p.zeroPoint),
  };
}

export const int8 = symmetricGrid(8, { restricted: false });
export const uint8 = asymmetricGrid(8, false);

/** The range of the golden vectors: α = −1.2, β = 3.4. */
export function golden(grid: Grid, name = 'x', kind: TensorParameters['kind'] = 'activation') {
  return tensorOn(grid, [[-1.2, 3.4]], { name, kind, axis: null });
}

export function setOf(tensors: readonly TensorParameters[]): ParameterSet {
  return {
    activations: tensors.filter((t) => t.kind === 'activation'),
    passedOn: new Set(),
    constants: [],
    layers: tensors
      .filter((t) => t.kind === 'weight')
      .map((weight, i) => ({
        name: `layer ${i}`,
        op: 'Conv',
        groups: 1,
        depthwise: false,
        inputs: [],
        weight,
        bias: undefined,
        output: `layer ${i} output`,
      })),
  };
}

/** A layer on each kind of grid, so that every format finds one that it can hold. */
export const forEveryFormat: ParameterSet = (() => {
  const layers = [int8, symmetricGrid(8, { restricted: true }), uint8].map((grid, i) => {
    const [input, weight] = (['activation', 'weight'] as const).map((kind) =>
      tensorOn(grid, [[-1, 1]], { name: `${kind}${i}`, kind, axis: null }),
    );
    const output = `output${i}`;
    return {
      name: `conv${i}`,
      op: 'Conv',
      groups: 1,
      depthwise: false,
      inputs: [input],
      weight,
      bias: undefined,
      output,
    };
  });
  return { activations: layers.flatMap(({ inputs }) => inputs), passedOn: new Set(), constants: [], layers };
})();

/** Names as no exporter writes them, and some that only look harmless. */
const names = fc.oneof(
  fc.string({ minLength: 1, unit: 'binary' }),
  fc.constantFrom(
    '__proto__',
    'constructor',
    '20',
    ' ',
    ': ',
    'a: 3c010a14',
    'TRT-1-x',
    '"version": "1.0.0"',
    '\u2028',
  ),
);
const float32 = fc.float({ noNaN: true, noDefaultInfinity: true });
const range = fc.tuple(float32, float32).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);

/** Sets of tensors on the grids of targets, with `bits` bits; weights have one scale or two to five. */
export function sets(bits: readonly number[]): fc.Arbitrary<ParameterSet> {
  const tensor = fc
    .record({
      name: names,
      kind: fc.constantFrom('activation', 'weight'),
      symmetric: fc.boolean(),
      bits: fc.constantFrom(...bits),
      ranges: fc.array(range, { minLength: 1, maxLength: 5 }),
    })
    .map(({ name, kind, symmetric, bits, ranges }) => {
      const grid = symmetric ? symmetricGrid(bits, { restricted: false }) : asymmetricGrid(bits, false);
      const perChannel = kind === 'weight' && ranges.length > 1;
      return tensorOn(grid, perChannel ? ranges : ranges.slice(0, 1), {
        name,
        kind,
        axis: perChannel ? 0 : null,
      });
    });
  return fc.uniqueArray(tensor, { selector: (t) => t.name, maxLength: 6 }).map(setOf);
}

/** Every tensor of a set, sorted by name: maps of JSON have no order. */
export function tensorsOf(set: ParameterSet): TensorParameters[] {
  return byName([...set.activations, ...set.layers.flatMap(({ weight }) => weight ?? [])]);
}

export function byName<T extends { readonly name: string }>(tensors: readonly T[]): T[] {
  return [...tensors].sort((a, b) => (a.name < b.name ? -1 : 1));
}

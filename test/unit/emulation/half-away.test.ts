import { beforeAll, expect, it } from 'vitest';
import { activationQuantizer } from '../../../src/emulation/quantizer.ts';
import { quantParams, symmetricGrid } from '../../../src/numerics/grid.ts';
import { round } from '../../../src/numerics/rounding.ts';
import { draftFor } from '../../../src/onnx/draft.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { serializeModel } from '../../../src/onnx/model.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { floats, noise } from '../../support/models.ts';

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

/** The float32 numbers beside a positive one, and itself. */
function neighbours(value: number): number[] {
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0];
  return [-1, 0, 1].map((step) => new Float32Array(Uint32Array.of(bits + step).buffer)[0]);
}

const ties = Array.from({ length: 32_768 }, (_, i) => neighbours(i + 0.5)).flat();
const magnitudes = [...ties, 0, 2 ** -149, ...[...noise(1000, 1)].map(Math.abs)];

it.each([
  ['any sign', false, [...magnitudes, ...magnitudes.map((value) => -value)]],
  ['no negative', true, magnitudes],
] as const)(
  'every tie and its neighbours round away from zero: values of %s',
  async (_, nonNegative, values) => {
    const grid = symmetricGrid(16, { restricted: true });
    // A step of 1: what is divided by it is what is rounded.
    const params = { ...quantParams({ alpha: -32_767, beta: 32_767 }, grid), scale: 1 };
    const { model } = await load({
      nodes: [makeNode('Identity', ['x'], ['y'])],
      inputs: [{ name: 'x', dims: ['N'] }],
      outputs: [{ name: 'y', dims: ['N'] }],
      constants: {},
    });
    const draft = draftFor(17, model.graph!);
    const rounding = 'half-away-from-zero';
    activationQuantizer(draft, { from: 'x', to: 'y' }, { params, grid, rounding, nonNegative });
    const graph = { ...model.graph!, node: draft.nodes, initializer: draft.constants };
    const session = await load.runtime.open(serializeModel({ ...model, graph }), { optimize: 'float' });
    const { y } = await session.run({ x: floats([values.length], Float32Array.from(values)) });
    await session.close();
    const wrong = values.flatMap((value, i) => {
      const expected = Math.min(Math.max(round(Math.fround(value), rounding), grid.qmin), grid.qmax);
      return expected - Number(y.data[i]) === 0 ? [] : [[value, expected, y.data[i]]];
    });
    expect(wrong).toEqual([]);
  },
);

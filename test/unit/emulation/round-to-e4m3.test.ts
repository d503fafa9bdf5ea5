import { beforeAll, expect, it } from 'vitest';
import { roundToE4m3Numbers } from '../../../src/emulation/round-to-e4m3.ts';
import { e4m3Grid, fakeQuantize, quantParams } from '../../../src/numerics/grid.ts';
import { draftFor } from '../../../src/onnx/draft.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { serializeModel } from '../../../src/onnx/model.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { floats, noise } from '../../support/models.ts';
import golden from '../numerics/golden/e4m3.json' with { type: 'json' };

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

const positive = (golden.rounded as [number, number][]).map(([value]) => value);
const beyond = [449, 464, 465, 1e6, 3e38, Infinity];
/** All ties and their neighbours, and a thousand values of every binade. */
const values = Float32Array.from([
  ...[...positive, ...beyond].flatMap((value) => [value, -value]),
  ...Array.from({ length: 20 }, (_, i) => [...noise(1000, i)].map((v) => v * 2 ** (i - 11))).flat(),
]);

it.each([7, 13, 21])('the graph rounds as the numbers do, every bit, opset %i', async (opset) => {
  const { model } = await load({
    nodes: [makeNode('Identity', ['x'], ['y'])],
    inputs: [{ name: 'x', dims: ['N'] }],
    outputs: [{ name: 'y', dims: ['N'] }],
    constants: {},
    opset,
  });
  for (const absMax of [448, 0.37]) {
    const params = quantParams({ alpha: -absMax, beta: absMax }, e4m3Grid);
    const x = values.map((value) => value * params.scale);
    const draft = draftFor(opset, model.graph!);
    roundToE4m3Numbers(draft, { from: 'x', to: 'rounded' }, params.scale);
    const graph = {
      ...model.graph!,
      node: [...draft.nodes, makeNode('Identity', ['rounded'], ['y'])],
      initializer: draft.constants,
    };
    const session = await load.runtime.open(serializeModel({ ...model, graph }), { optimize: 'float' });
    const { y } = await session.run({ x: floats([x.length], x) });
    await session.close();
    const expected = new Float32Array(x.length);
    fakeQuantize(x, expected, params, { grid: e4m3Grid, rounding: 'half-to-even' });
    const wrong = [...expected].flatMap((value, i) =>
      value === y.data[i] ? [] : [[x[i], value, y.data[i]]],
    );
    expect(wrong).toEqual([]);
  }
});

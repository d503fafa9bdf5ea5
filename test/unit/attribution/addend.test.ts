import { expect, it } from 'vitest';
import { quantizeValue } from '../../../src/numerics/grid.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { targets } from '../../../src/targets/index.ts';
import { loader } from '../../support/load-model.ts';
import { floats, noise } from '../../support/models.ts';
import { batchOf, schemeOf, unitsUnder } from '../../support/quantized-units.ts';

it('the addend of a Gemm errs as much as its own rounding and beta make it', async () => {
  const load = await loader();
  const model = await load({
    nodes: [makeNode('Gemm', ['x', 'w', 'c'], ['y'], { beta: { f: 3 } })],
    inputs: [
      { name: 'x', dims: [4, 2] },
      { name: 'c', dims: [4, 1] },
    ],
    outputs: [{ name: 'y', dims: [4, 1] }],
    constants: { w: floats([2, 1], [255, 0]) },
  });
  const ranges = {
    x: { alpha: 0, beta: 255 },
    c: { alpha: -1, beta: 1 },
    y: { alpha: -1, beta: 1 },
  };
  const scheme = schemeOf(targets.snpe, { granularity: 'per-tensor' });
  const { errors, parameters, units } = unitsUnder(model, scheme, ranges);
  const [x, c] = [[3, 9, 0, 2, 1, 7, 5, 5], noise(4, 3)];
  const batch = batchOf({ x: floats([4, 2], x), c: floats([4, 1], c) });
  const { nsr, shares } = (await errors([batch], load.runtime)).get(units[0].name)!;
  const params = parameters.activations.get('c')!;
  const grid = [...parameters.activations.values()][0].grid;
  let [error, signal] = [0, 0];
  c.forEach((value, row) => {
    const rounded = (quantizeValue(value, params, grid, 'half-to-even') - params.zeroPoint) * params.scale;
    error += (3 * (rounded - value)) ** 2;
    signal += (255 * x[2 * row] + 3 * value) ** 2;
  });
  expect(Math.abs(nsr / (error / signal) - 1)).toBeLessThan(0.01);
  expect(shares!.activationRound).toBeCloseTo(1, 6);
});

import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { createHistogram, observe } from '../../../src/numerics/histogram.ts';
import { quantizationError } from '../../../src/numerics/quantization-error.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { targets } from '../../../src/targets/index.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { floats } from '../../support/models.ts';
import { batchOf, schemeOf, unitsUnder } from '../../support/quantized-units.ts';
import { onGrid } from './reference.ts';

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

const COUNT = 4096;

/** Values with tails from none (exponent 1) to heavy. */
function tailed(exponent: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length: COUNT }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const u = state / 2 ** 31 - 1;
    return Math.sign(u) * Math.abs(u) ** exponent * 3;
  });
}

describe('the error of a tensor by itself', () => {
  it('is its round error plus its clip error, and what the histogram predicts', {
    timeout: 120_000,
  }, async () => {
    const model = await load({
      nodes: [makeNode('Relu', ['x'], ['h']), makeNode('Sub', ['x', 'h'], ['y'])],
      inputs: [{ name: 'x', dims: [1, COUNT] }],
      outputs: [{ name: 'y', dims: [1, COUNT] }],
    });
    const chips = fc.constantFrom('snpe' as const, 'rknn' as const);
    await fc.assert(
      fc.asyncProperty(
        chips,
        fc.integer({ min: 4, max: 8 }),
        fc.integer({ min: 1, max: 4 }),
        fc.double({ min: 0.2, max: 1, noNaN: true }),
        fc.nat(),
        async (chip, activationBits, exponent, end, seed) => {
          const x = tailed(exponent, seed);
          const y = x.map((v) => Math.min(v, 0));
          const range = { alpha: -3 * end, beta: 3 };
          const scheme = schemeOf(targets[chip], { activationBits });
          const { errors, parameters } = unitsUnder(model, scheme, { x: range, h: range, y: range });
          const [params, grid] = [
            parameters.activations.get('y')!,
            [...parameters.activations.values()][0].grid,
          ];
          const found = (await errors([batchOf({ x: floats([1, COUNT], x) })], load.runtime)).get(
            'output y',
          )!;

          let [round, clip, total, signal] = [0, 0, 0, 0];
          for (const v of y) {
            const { clipped, code } = onGrid(v, params, grid, scheme.target.rounding);
            round += (code * params.scale - clipped) ** 2;
            clip += (clipped - v) ** 2;
            total += (code * params.scale - v) ** 2;
            signal += v * v;
          }
          const said = JSON.stringify({ found, round, clip, total, signal });
          expect(Math.abs((round + clip) / total - 1), said).toBeLessThan(1e-6);
          expect(Math.abs((found.nsr * signal) / total - 1), said).toBeLessThan(1e-3);
          expect(Math.abs(found.shares!.activationClip - clip / total), said).toBeLessThan(1e-3);
          expect(Math.abs(found.shares!.activationRound - round / total), said).toBeLessThan(1e-3);

          const histogram = createHistogram();
          observe(histogram, y, Math.min(...y), Math.max(...y));
          const predicted = quantizationError(histogram, params, grid);
          expect(Math.abs(((predicted.round + predicted.clip) * COUNT) / total - 1), said).toBeLessThan(0.05);
        },
      ),
      { numRuns: 40, seed: 7 },
    );
  });
});

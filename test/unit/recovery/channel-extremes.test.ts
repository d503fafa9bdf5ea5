import { beforeAll, describe, expect, it } from 'vitest';
import { makeNode } from '../../../src/onnx/graph.ts';
import { channelExtremes } from '../../../src/recovery/channel-extremes.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { random } from '../../support/models.ts';
import { batchOf } from '../../support/quantized-units.ts';
import { bytesOf, valuesOf } from './rewriting.ts';

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

const batches = [batchOf({ x: random([3, 2, 4, 5], 1) }), batchOf({ x: random([1, 2, 4, 5], 2) })];

describe.each([13, 18])('extremes of channels in opset %i', (opset) => {
  const modelOf = () =>
    load({
      nodes: [
        makeNode('Conv', ['x', 'w'], ['c']),
        makeNode('Relu', ['c'], ['r']),
        makeNode('Transpose', ['r'], ['t'], { perm: [0, 2, 3, 1] }),
        makeNode('MatMul', ['t', 'v'], ['y']),
      ],
      inputs: [{ name: 'x', dims: ['N', 2, 4, 5] }],
      outputs: [{ name: 'y', dims: ['N', 'H', 'W', 3] }],
      constants: { w: random([6, 2, 2, 2], 3), v: random([6, 3], 4) },
      opset,
    });

  it('are the least and the greatest value over all samples', async () => {
    const model = await modelOf();
    const bytes = bytesOf(model);
    const found = await channelExtremes(
      model,
      [
        { tensor: 'c', rank: 4, axis: 1 },
        { tensor: 't', rank: 4, axis: 3 },
        { tensor: 'y', rank: 4, axis: 3 },
      ],
      batches,
      load.runtime,
    );
    expect([...found.keys()]).toEqual(['c', 't', 'y']);
    expect(bytesOf(model).equals(bytes)).toBe(true);
    const plain = { c: { count: 6, inner: 12 }, t: { count: 6, inner: 1 }, y: { count: 3, inner: 1 } };
    for (const [tensor, { count, inner }] of Object.entries(plain)) {
      const [least, greatest] = [new Array(count).fill(Infinity), new Array(count).fill(-Infinity)];
      for (const { inputs } of batches)
        (await valuesOf(model, inputs, load.runtime))[tensor].forEach((value, i) => {
          const channel = Math.floor(i / inner) % count;
          least[channel] = Math.min(least[channel], value);
          greatest[channel] = Math.max(greatest[channel], value);
        });
      const { least: low, greatest: high } = found.get(tensor)!;
      expect(low.length).toBe(count);
      low.forEach((value, i) => {
        expect(value, `least of channel ${i} of ${tensor}`).toBeCloseTo(least[i], 5);
        expect(high[i], `greatest of channel ${i} of ${tensor}`).toBeCloseTo(greatest[i], 5);
      });
    }
  });

  it('of no tensors need no run', async () => {
    expect((await channelExtremes(await modelOf(), [], batches, load.runtime)).size).toBe(0);
  });
});

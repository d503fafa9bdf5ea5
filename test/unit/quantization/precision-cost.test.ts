import { beforeAll, describe, expect, it } from 'vitest';
import type { LayerPrecision } from '../../../src/config/target-id.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { precisionCost } from '../../../src/quantization/precision-cost.ts';
import type { LoadedModel } from '../../../src/runtime/load-model.ts';
import { withSampleShapes } from '../../../src/runtime/sample-shapes.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { random } from '../../support/models.ts';
import { quantizedFor } from '../../support/qdq-round-trip.ts';

let load: Loader;
let model: LoadedModel;
let shaped: LoadedModel;
beforeAll(async () => {
  load = await loader();
  // 4·8, 8·2 and, of a weight on the left, 3·N multiplications a row.
  model = await load({
    nodes: [
      makeNode('MatMul', ['x', 'a'], ['h']),
      makeNode('Relu', ['h'], ['r']),
      makeNode('MatMul', ['r', 'b'], ['k']),
      makeNode('MatMul', ['c', 'k'], ['y']),
    ],
    inputs: [{ name: 'x', dims: ['N', 4] }],
    outputs: [{ name: 'y', dims: [3, 2] }],
    constants: { a: random([4, 8], 1), b: random([8, 2], 2), c: random([3, 5], 3) },
  });
  shaped = await withSampleShapes(model, { x: random([5, 4], 4) }, load.runtime);
});

const [A, B, C] = ['h/MatMul', 'k/MatMul', 'y/MatMul'];
const costOf = (
  layers: Record<string, LayerPrecision>,
  { weightBits = 8, chip = 'tensorrt' as 'tensorrt' | 'snpe', names = Object.keys(layers) } = {},
) => precisionCost(quantizedFor(model, chip, { weightBits }, {}, layers), new Set(names), shaped);

describe('the cost of layers in another precision', () => {
  it('is nothing without one', () => {
    expect(costOf({})).toEqual({ layers: 0, unitShare: 0, multiplicationShare: 0, weightBytes: 0 });
  });

  it('counts what wider weights take beyond the bits of the scheme', () => {
    const cost = costOf({ [A]: { activationBits: 16, weightBits: 16 } }, { chip: 'snpe' });
    expect(cost.weightBytes).toBe(32);
    expect(cost.layers).toBe(1);
    expect(costOf({ [A]: { weightBits: 8 } }, { chip: 'snpe', weightBits: 4 }).weightBytes).toBe(16);
    expect(costOf({ [A]: { activationBits: 16 } }, { chip: 'snpe' }).weightBytes).toBe(0);
  });

  it('counts what weights in floating point take, on either side', () => {
    expect(costOf({ [B]: { float: true } }).weightBytes).toBe(16 * 3);
    expect(costOf({ [C]: { float: true } }).weightBytes).toBe(15 * 3);
    expect(costOf({ [A]: { float: true }, [B]: { float: true } }, { weightBits: 4 }).weightBytes).toBe(
      48 * 3.5,
    );
  });

  it('does not count those that were so before', () => {
    const before = { [A]: { float: true }, [B]: { float: true } };
    const { layers, weightBytes } = costOf(before, { names: [B] });
    expect([layers, weightBytes]).toEqual([1, 16 * 3]);
  });

  it('is a share of the multiplications and of the units', () => {
    const { multiplicationShare, unitShare } = costOf({ [A]: { float: true } });
    const all = 5 * 4 * 8 + 5 * 8 * 2 + 3 * 5 * 2;
    expect(multiplicationShare).toBeCloseTo((5 * 4 * 8) / all, 12);
    expect(unitShare).toBeCloseTo(1 / 3, 12);
    const whole = costOf({ [A]: { float: true }, [B]: { float: true }, [C]: { float: true } });
    expect([whole.multiplicationShare, whole.unitShare]).toEqual([1, 1]);
  });
});

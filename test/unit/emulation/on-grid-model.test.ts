import { beforeAll, describe, expect, it } from 'vitest';
import { onGridModel } from '../../../src/emulation/on-grid-model.ts';
import type { ModelProto } from '../../../src/onnx/gen/onnx_pb.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { readTensor } from '../../../src/onnx/tensors.ts';
import { withRepairs } from '../../../src/quantization/quantized.ts';
import type { LoadedModel } from '../../../src/runtime/load-model.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { random } from '../../support/models.ts';
import { quantizedFor } from '../../support/qdq-round-trip.ts';
import { bytesOf } from '../recovery/rewriting.ts';

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

const gemm = (x: string, w: string, b: string, y: string, transB = 0) =>
  makeNode('Gemm', [x, w, b], [y], { transB });
const modelOf = (nodes: Parameters<typeof load>[0]['nodes']) =>
  load({
    nodes,
    inputs: [{ name: 'x', dims: ['N', 5] }],
    outputs: [{ name: 'y', dims: ['N', 5] }],
    constants: { w: random([5, 5], 1), v: random([5, 5], 2), b: random([5], 3), c: random([5], 4) },
  });
const valuesIn = ({ graph }: ModelProto, name: string) =>
  Array.from(readTensor(graph!.initializer.find((t) => t.name === name)!, name).data, Number);

describe('a model on its grids', () => {
  const plain = () => modelOf([gemm('x', 'w', 'b', 'h'), gemm('h', 'v', 'c', 'y')]);

  it('has the weights that the chip computes with and the biases that were repaired, and all else as it was', async () => {
    const model = await plain();
    const bytes = bytesOf(model);
    const bias = Float32Array.of(9, 8, 7, 6, 5);
    const quantized = withRepairs(quantizedFor(model, 'onnxruntime'), {
      weights: new Map(),
      biases: new Map([['h/Gemm', bias]]),
    });
    const made = onGridModel(quantized);
    for (const [layer, name] of [
      ['h/Gemm', 'w'],
      ['y/Gemm', 'v'],
    ]) {
      const { data } = quantized.parameters.weights.get(layer)!;
      expect(valuesIn(made, name)).toEqual([...data]);
      expect(valuesIn(made, name)).not.toEqual(valuesIn(model.model, name));
    }
    expect(valuesIn(made, 'b')).toEqual([...bias]);
    // A bias that nothing corrected is not rounded to the integers that the chip stores.
    expect(valuesIn(made, 'c')).toEqual(valuesIn(model.model, 'c'));
    expect(made.graph!.node).toEqual(model.model.graph!.node);
    expect(made.graph!.initializer.map(({ name }) => name)).toEqual(
      model.model.graph!.initializer.map(({ name }) => name),
    );
    expect(bytesOf(model).equals(bytes)).toBe(true);
  });

  it('has a weight on its grid that layers share', async () => {
    const model = await modelOf([gemm('x', 'w', 'b', 'h'), gemm('h', 'w', 'c', 'y')]);
    const quantized = quantizedFor(model, 'tensorrt');
    const made = onGridModel(quantized);
    expect(valuesIn(made, 'w')).toEqual([...quantized.parameters.weights.get('h/Gemm')!.data]);
  });

  it.each([
    ['two', [gemm('x', 'w', 'b', 'h'), gemm('h', 'w', 'c', 'y', 1)]],
    ['three', [gemm('x', 'w', 'b', 'h'), gemm('h', 'w', 'c', 'k', 1), gemm('k', 'w', '', 'y')]],
  ])('has a weight as it was that %s layers share on different grids', async (_, nodes) => {
    const model: LoadedModel = await modelOf(nodes);
    const made = onGridModel(quantizedFor(model, 'tensorrt'));
    expect(valuesIn(made, 'w')).toEqual(valuesIn(model.model, 'w'));
  });

  it('has weights as they were that stay in floating point', async () => {
    const model = await plain();
    const quantized = quantizedFor(model, 'tensorrt', {}, {}, { 'h/Gemm': { float: true } });
    const made = onGridModel(quantized);
    expect(valuesIn(made, 'w')).toEqual(valuesIn(model.model, 'w'));
    expect(valuesIn(made, 'v')).not.toEqual(valuesIn(model.model, 'v'));
  });
});

import { create } from '@bufbuild/protobuf';
import type { Tensor } from '../../src/numerics/tensor.ts';
import {
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  ValueInfoProtoSchema,
} from '../../src/onnx/gen/onnx_pb.ts';
import { makeNode } from '../../src/onnx/graph.ts';
import { dataTypeOf, makeTensor } from '../../src/onnx/tensors.ts';

export interface PortSpec {
  readonly name: string;
  readonly dims: readonly (number | string)[];
  readonly type?: Tensor['type'];
}

/** A model from nodes and constants; a dimension given as text is dynamic. */
export function makeModel(given: {
  readonly nodes: readonly NodeProto[];
  readonly inputs: readonly PortSpec[];
  readonly outputs: readonly PortSpec[];
  readonly constants?: Readonly<Record<string, Tensor>>;
  readonly opset?: number;
  readonly ir?: number;
}): ModelProto {
  const port = ({ name, dims, type = 'float32' }: PortSpec) => {
    const dim = dims.map((d) => ({
      value:
        typeof d === 'number'
          ? { case: 'dimValue' as const, value: BigInt(d) }
          : { case: 'dimParam' as const, value: d },
    }));
    const value = { elemType: dataTypeOf(type), shape: { dim } };
    return create(ValueInfoProtoSchema, { name, type: { value: { case: 'tensorType', value } } });
  };
  return create(ModelProtoSchema, {
    irVersion: BigInt(given.ir ?? 8),
    opsetImport: [{ domain: '', version: BigInt(given.opset ?? 13) }],
    graph: create(GraphProtoSchema, {
      name: 'test',
      node: [...given.nodes],
      input: given.inputs.map(port),
      output: given.outputs.map(port),
      initializer: Object.entries(given.constants ?? {}).map(([name, tensor]) => makeTensor(name, tensor)),
    }),
  });
}

/** Numbers in [-1, 1) that are the same on every run. */
export function noise(count: number, seed = 1): Float32Array {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

export function floats(dims: readonly number[], data: ArrayLike<number>): Tensor {
  return { type: 'float32', dims, data: Float32Array.from(data) };
}

export function random(dims: readonly number[], seed?: number): Tensor {
  return floats(
    dims,
    noise(
      dims.reduce((a, b) => a * b, 1),
      seed,
    ),
  );
}

/** A classifier of 1x8x8 pictures into four classes: two convolutions, Relu, pooling, Gemm. */
export function classifierParts(): Parameters<typeof makeModel>[0] {
  return {
    nodes: [
      makeNode('Conv', ['image', 'w1', 'b1'], ['c1'], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }),
      makeNode('Relu', ['c1'], ['r1']),
      makeNode('Conv', ['r1', 'w2', 'b2'], ['c2'], { kernel_shape: [3, 3] }),
      makeNode('Relu', ['c2'], ['r2']),
      makeNode('Flatten', ['r2'], ['flat']),
      makeNode('Gemm', ['flat', 'w3', 'b3'], ['scores'], { transB: 1 }),
    ],
    inputs: [{ name: 'image', dims: ['N', 1, 8, 8] }],
    outputs: [{ name: 'scores', dims: ['N', 4] }],
    constants: {
      w1: random([4, 1, 3, 3], 2),
      b1: random([4], 3),
      w2: random([4, 4, 3, 3], 4),
      b2: random([4], 5),
      w3: random([4, 144], 6),
      b3: floats([4], [0, 0, 0, 0]),
    },
  };
}

export function tinyClassifier(): ModelProto {
  return makeModel(classifierParts());
}

import { create } from '@bufbuild/protobuf';
import { GraphProtoSchema, ModelProtoSchema, ValueInfoProtoSchema } from '../onnx/gen/onnx_pb.ts';
import { makeAttribute, makeNode } from '../onnx/graph.ts';
import { dataTypeOf } from '../onnx/tensors.ts';
import { openModel } from '../runtime/open-model.ts';
import type { Runtime } from '../runtime/runtime.ts';

/** Products of many columns by ONNX Runtime, on whatever provider runs. */
export interface Products {
  /** AᵀB of each group: a and b are [groups, count, depth], the result [groups, depth, depth]. */
  gram(
    a: Float32Array,
    b: Float32Array,
    shape: { readonly groups: number; readonly count: number; readonly depth: number },
  ): Promise<Float32Array>;
  /** A·B: a is [rows, depth], b [depth, depth]. */
  times(a: Float32Array, b: Float32Array, rows: number): Promise<Float32Array>;
  close(): Promise<void>;
}

/** Opens the two small models that multiply. */
export async function openProducts(runtime: Runtime): Promise<Products> {
  const gram = await openModel(productOf(true), { optimize: 'float' }, runtime);
  const times = await openModel(productOf(false), { optimize: 'float' }, runtime);
  return {
    async gram(a, b, { groups, count, depth }) {
      const dims = [groups, count, depth];
      const { y } = await gram.run({
        a: { type: 'float32', dims, data: a },
        b: { type: 'float32', dims, data: b },
      });
      return y.data as Float32Array;
    },
    async times(a, b, rows) {
      const depth = a.length / rows;
      const { y } = await times.run({
        a: { type: 'float32', dims: [1, rows, depth], data: a },
        b: { type: 'float32', dims: [1, depth, depth], data: b },
      });
      return y.data as Float32Array;
    },
    async close() {
      await gram.close();
      await times.close();
    },
  };
}

function productOf(isTurned: boolean) {
  const port = (name: string) =>
    create(ValueInfoProtoSchema, {
      name,
      type: {
        value: {
          case: 'tensorType',
          value: { elemType: dataTypeOf('float32'), shape: { dim: [{}, {}, {}] } },
        },
      },
    });
  const turn = makeNode('Transpose', ['a'], ['turned']);
  turn.attribute.push(makeAttribute('perm', [0, 2, 1]));
  return create(ModelProtoSchema, {
    irVersion: 7n,
    opsetImport: [{ domain: '', version: 13n }],
    graph: create(GraphProtoSchema, {
      name: 'product',
      node: isTurned
        ? [turn, makeNode('MatMul', ['turned', 'b'], ['y'])]
        : [makeNode('MatMul', ['a', 'b'], ['y'])],
      input: [port('a'), port('b')],
      output: [port('y')],
    }),
  });
}

import { create } from '@bufbuild/protobuf';
import { GraphProtoSchema, ModelProtoSchema, ValueInfoProtoSchema } from '../onnx/gen/onnx_pb.ts';
import { makeNode } from '../onnx/graph.ts';
import { serializeModel } from '../onnx/model.ts';
import { dataTypeOf } from '../onnx/tensors.ts';

/** A model with one node, y = Relu(x) over two floats: it shows whether a provider computes. */
export function probeModel(): Uint8Array {
  const port = (name: string) =>
    create(ValueInfoProtoSchema, {
      name,
      type: {
        value: {
          case: 'tensorType',
          value: {
            elemType: dataTypeOf('float32'),
            shape: { dim: [{ value: { case: 'dimValue', value: 2n } }] },
          },
        },
      },
    });
  return serializeModel(
    create(ModelProtoSchema, {
      irVersion: 4n,
      opsetImport: [{ domain: '', version: 9n }],
      graph: create(GraphProtoSchema, {
        name: 'probe',
        node: [makeNode('Relu', ['x'], ['y'])],
        input: [port('x')],
        output: [port('y')],
      }),
    }),
  );
}

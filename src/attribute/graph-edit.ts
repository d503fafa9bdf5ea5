import { create } from '@bufbuild/protobuf';
import type { Piece } from '../emulate/quantizer.ts';
import type { Tensor } from '../numerics/tensor.ts';
import { type GraphProto, type NodeProto, ValueInfoProtoSchema } from '../onnx/gen/onnx_pb.ts';
import { makeNode, shallow } from '../onnx/graph.ts';
import { makeTensor } from '../onnx/tensors.ts';

/** Adds to a graph: nodes go to its end, which is in order as long as they read what is there. */
export interface GraphEdit {
  add(piece: Piece): void;
  /** One node with one output; returns the output. */
  node(opType: string, inputs: readonly string[], output: string): string;
  /** A copy of a node with other inputs; only its first output is kept. */
  copy(node: NodeProto, inputs: readonly string[], output: string): string;
  constant(name: string, tensor: Tensor): string;
  output(name: string): void;
}

export function editGraph(graph: GraphProto): GraphEdit {
  return {
    add({ nodes, constants }) {
      graph.node.push(...nodes);
      graph.initializer.push(...constants);
    },
    node(opType, inputs, output) {
      graph.node.push(makeNode(opType, [...inputs], [output]));
      return output;
    },
    copy(node, inputs, output) {
      graph.node.push(
        shallow(node, { name: `${output}/${node.opType}`, input: [...inputs], output: [output] }),
      );
      return output;
    },
    constant(name, tensor) {
      graph.initializer.push(makeTensor(name, tensor));
      return name;
    },
    output(name) {
      graph.output.push(create(ValueInfoProtoSchema, { name }));
    },
  };
}

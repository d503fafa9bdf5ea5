import type { GraphProto, NodeProto } from '../onnx/gen/onnx_pb.ts';
import { attributeOf, isStandard } from '../onnx/graph.ts';
import { dataTypeOf } from '../onnx/tensors.ts';
import type { Fp16Tensor } from '../quantization/fp16-places.ts';

/** What they make of an infinity or a NaN in any of their inputs has one as well. */
const HANDING_ON = new Set([
  'Add', 'Sub', 'Mul', 'Sum', 'Mean', 'Neg', 'Abs', 'Sqrt', 'ReduceSum', 'ReduceMean', 'Identity', 'Reshape', 'Flatten',
  'Squeeze', 'Unsqueeze', 'Transpose',
]); // biome-ignore format: a list

/**
 * Those of the tensors that tell of all: a value beyond binary16 in any of them is an infinity or a NaN in one of these,
 * because the operators between them hand it on.
 *
 * @param graph has the rounded tensors under their names
 */
export function fp16Witnesses({ node: nodes }: GraphProto, tensors: readonly Fp16Tensor[]): Fp16Tensor[] {
  const telling = new Set(tensors.flatMap(({ name, beyond }) => (beyond === 'both' ? [name] : [])));
  const handedOn = new Set<string>();
  for (const node of nodes.toReversed()) {
    const [made] = node.output;
    if (handsOn(node) && (telling.has(made) || handedOn.has(made)))
      for (const name of node.input) handedOn.add(name);
  }
  return tensors.filter(({ name }) => !handedOn.has(name));
}

const FLOATS = [dataTypeOf('float32'), dataTypeOf('float16')];

function handsOn(node: NodeProto): boolean {
  if (!isStandard(node)) return false;
  return (
    HANDING_ON.has(node.opType) ||
    (node.opType === 'Cast' && FLOATS.includes(Number(attributeOf(node, 'to')?.i)))
  );
}

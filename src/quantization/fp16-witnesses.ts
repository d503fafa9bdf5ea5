import { isStandard } from '../onnx/graph.ts';
import { type Fp16Tensor, quantizedUses } from './fp16-places.ts';
import type { Planned } from './planned.ts';

/** What they make of an infinity or a NaN in any of their inputs has one as well. */
const HANDING_ON = new Set([
  'Add', 'Sub', 'Mul', 'Sum', 'Mean', 'Neg', 'Abs', 'Sqrt', 'ReduceSum', 'ReduceMean', 'Identity', 'Reshape', 'Flatten',
  'Squeeze', 'Unsqueeze', 'Transpose',
]); // biome-ignore format: a list

/**
 * Those of the tensors that tell of all: a value beyond binary16 in any of them is an infinity or a NaN in one of these,
 * because floating point operators between them hand it on.
 */
export function fp16Witnesses(planned: Planned, tensors: readonly Fp16Tensor[]): Fp16Tensor[] {
  const isIntegerUse = quantizedUses(planned);
  const telling = new Set(tensors.flatMap(({ name, beyond }) => (beyond === 'both' ? [name] : [])));
  const handedOn = new Set<string>();
  for (const node of planned.model.view.graph.node.toReversed()) {
    if (!HANDING_ON.has(node.opType) || !isStandard(node)) continue;
    const [made] = node.output;
    if (!telling.has(made) && !handedOn.has(made)) continue;
    for (const [input, name] of node.input.entries()) if (!isIntegerUse({ node, input })) handedOn.add(name);
  }
  return tensors.filter(({ name }) => !handedOn.has(name));
}

import type { ModelProto, OperatorSetIdProto } from './gen/onnx_pb.ts';
import { shallow } from './graph.ts';
import { opsetOf } from './model.ts';

/** Operators whose inputs, attributes or meaning changed between opset 7 and 10 in a way that needs a rewrite. */
const CHANGED_BEFORE_10 = new Set([
  'BatchNormalization',
  'Dropout',
  'Resize',
  'Scan',
  'Slice',
  'TopK',
  'Upsample',
  'MaxUnpool',
]);

/**
 * The model declared as opset 10, if it is older and every operator in it means the same there.
 *
 * @returns the model, or the operator that would have to be rewritten
 */
export function raisedToOpset10(model: ModelProto): { model: ModelProto } | { obstacle: string } {
  if (opsetOf(model)! >= 10) return { model };
  const obstacle = model.graph!.node.find(
    (n) => CHANGED_BEFORE_10.has(n.opType) || n.attribute.some((a) => a.g !== undefined),
  );
  if (obstacle !== undefined) return { obstacle: obstacle.opType };
  const raised = (entry: OperatorSetIdProto) =>
    entry.domain === '' || entry.domain === 'ai.onnx' ? shallow(entry, { version: 10n }) : entry;
  return { model: shallow(model, { opsetImport: model.opsetImport.map(raised) }) };
}

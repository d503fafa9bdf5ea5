import { beforeRounding } from '../../emulation/kernel-operators.ts';
import { addNode, freshTensor, putNode } from '../../onnx/draft.ts';
import type { NodeProto } from '../../onnx/gen/onnx_pb.ts';
import { bodiesOf, shallow } from '../../onnx/graph.ts';
import { RANDOM } from '../../onnx/random-operators.ts';
import type { Unit } from '../../quantization/units.ts';
import type { LoadedModel } from '../../runtime/load-model.ts';
import { walkActivation } from './activation-steps.ts';
import { type SplitDraft, seenValues } from './split-draft.ts';
import type { Step } from './steps.ts';

/** The first output of a node that holds float32 values, if computing the node again gives the same ones. */
export function repeatableOutput(node: NodeProto, { tensors }: LoadedModel): string | undefined {
  const mayDraw = RANDOM.has(node.opType) || node.opType === 'Dropout';
  if (mayDraw || bodiesOf(node).length > 0) return undefined;
  return node.output.find((name) => name !== '' && tensors.get(name)?.type === 'float32');
}

/**
 * The steps of an operator without integer products: op(clip(x)) − op(x), op(x̂) − op(clip(x)), all inputs at once, as far
 * as a Softmax behind it sees them; then the error of the target's kernel, where it has one of its own arithmetic.
 */
export function operatorSteps(
  draft: SplitDraft,
  unit: Unit & { readonly node: NodeProto },
  output: string,
): Map<Step, string> {
  const name = (part: string) => `quantgate/unit/${unit.name}/${part}`;
  const repeat = (part: 'clipped' | 'quantized') => {
    const input = [...unit.node.input];
    for (const read of unit.reads) input[read.input] = walkActivation(draft, read.tensor)[part];
    const outputs = unit.node.output.map((o) => o && freshTensor(draft, name(`${part}/${o}`)));
    putNode(draft, shallow(unit.node, { name: name(part), input, output: outputs }));
    return outputs[unit.node.output.indexOf(output)];
  };
  const seen = (values: string) => seenValues(draft, values, output);
  const real = repeat('quantized');
  const [clipped, quantized, exact] = [repeat('clipped'), real, output].map(seen);
  const taken = new Map<Step, string>([
    ['activationClip', addNode(draft, 'Sub', [clipped, exact], name('activationClip'))],
    ['activationRound', addNode(draft, 'Sub', [quantized, clipped], name('activationRound'))],
  ]);
  const kernel = draft.kernels.get(unit.node);
  if (kernel !== undefined) {
    const from = walkActivation(draft, unit.reads[0].tensor).quantized;
    const result = beforeRounding(draft, from, real, kernel, name('by-kernel'));
    taken.set('output', addNode(draft, 'Sub', [result, real], name('output')));
  }
  return taken;
}

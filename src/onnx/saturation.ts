import type { FileQuantizer } from './file-quantizer.ts';
import type { NodeProto } from './gen/onnx_pb.ts';
import { isStandard, makeNode } from './graph.ts';
import { freshName } from './names.ts';
import { isQuantize, type Rewriting } from './qdq-rewriting.ts';
import { makeTensor } from './tensors.ts';

/** Operators whose results have both signs. */
const SIGNED = new Set(
  (
    'Conv ConvTranspose Gemm MatMul Add Sub Mul Div BatchNormalization InstanceNormalization LayerNormalization ' +
    'GroupNormalization'
  ).split(' '),
);

/**
 * The nodes of a rewritten file, edited in place, with the Relu that saturation stood for: tools drop one where a quantizer behind it has no
 * codes below zero (ONNX Runtime's `QDQRemovableActivation`), or none above six of a Relu6, and without the quantizer the
 * model would be one without activation functions. Where no value is out of these bounds a Relu changes nothing.
 */
export function withSaturation(rewriting: Rewriting): NodeProto[] {
  const { view, names, nodes, activations } = rewriting;
  return nodes.flatMap((node) => {
    const [output] = node.output;
    const quantizer = activations.get(output)?.quantizer;
    if (!isStandard(node) || !SIGNED.has(node.opType) || quantizer === undefined) return [node];
    const isReadElsewhere =
      view.outputs.has(output) ||
      view.captured.has(output) ||
      (view.uses.get(output) ?? []).some((use) => !isQuantize(use.node));
    const [zero] = quantizer.zeroPoints;
    if (isReadElsewhere || zero !== quantizer.qmin) return [node];
    const real = freshName(names.tensors, `${output}/unbounded`);
    // Without a name of its own it goes by its output's, which is another one now.
    node.name ||= `${node.opType}(${output})`;
    node.output[0] = real;
    return [node, bounded(rewriting, real, output, quantizer)];
  });
}

/** The upper bound of a Relu6, the one that models in use have. */
const SIX = 6;

/** Clip takes its bounds as inputs from this opset on. */
const CLIP_INPUTS_OPSET = 11;

function bounded(rewriting: Rewriting, from: string, to: string, quantizer: FileQuantizer): NodeProto {
  const { qmin, qmax, scales } = quantizer;
  const endsAtSix = Math.abs((qmax - qmin) * scales[0] - SIX) < scales[0] / 2;
  if (!endsAtSix) return makeNode('Relu', [from], [to]);
  if (rewriting.opset < CLIP_INPUTS_OPSET)
    return makeNode('Clip', [from], [to], { min: { f: 0 }, max: { f: SIX } });
  return makeNode('Clip', [from, scalar(rewriting, 0), scalar(rewriting, SIX)], [to]);
}

function scalar({ names, initializers }: Rewriting, value: number): string {
  const name = freshName(names.tensors, `quantgate/saturation/${value}`);
  initializers.set(name, makeTensor(name, { type: 'float32', dims: [], data: Float32Array.of(value) }));
  return name;
}

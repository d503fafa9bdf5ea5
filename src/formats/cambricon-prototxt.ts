import { UserError } from '../errors.ts';
import { stepOf } from '../numerics/position-scale.ts';
import { notSymmetricInt, positionScalesOf, refuseHalfGiven, symmetricTensor } from './cambricon-layers.ts';
import { expressible } from './expressible.ts';
import type { LayerParameters, LeftOut, ParameterFormat, TensorParameters } from './parameter-set.ts';
import {
  beginsWith,
  messagesIn,
  numbersIn,
  parseTextFormat,
  quoted,
  scalarIn,
  type TextMessage,
} from './prototext.ts';
import { checkedStep } from './scale.ts';

const CAFFE_TYPES: Readonly<Record<string, string>> = {
  Conv: 'Convolution',
  ConvTranspose: 'Deconvolution',
  Gemm: 'InnerProduct',
  MatMul: 'InnerProduct',
};
const BITS = new Map([
  ['DT_INT8', 8],
  ['DT_INT16', 16],
]);

/**
 * The fields `bottom_mlu_dtype` and `blobs_dtype` of Cambricon's Caffe (caffe.proto, LayerParameter 204 and 205), in
 * layers that hold nothing else. There is no offset. Scales are written with the digits of a float64, so that the
 * step is found again; Caffe rounds them to float32.
 */
export const cambriconPrototxt: ParameterFormat = {
  file: 'bottom_blobs.prototxt',
  title: 'Cambricon Caffe bottom_mlu_dtype and blobs_dtype',

  write(set) {
    refuseHalfGiven(set);
    const { layers, left } = expressible(set, whyNot);
    return { text: layers.map(layerText).join(''), left };
  },

  recognizes: (text) =>
    beginsWith(text, ['name', 'input', 'layer', 'layers']) &&
    /\b(?:bottom_mlu_dtype|blobs_dtype)\b/.test(text),

  read(text, where) {
    const net = parseTextFormat(text, where);
    const tensors: TensorParameters[] = [];
    const left: LeftOut[] = [];
    for (const layer of [...messagesIn(net, 'layer'), ...messagesIn(net, 'layers')]) {
      const name = scalarIn(layer, 'name') ?? '';
      // Of a Deconvolution's blob the second dimension counts output channels.
      const axis = /^DECONVOLUTION$/i.test(scalarIn(layer, 'type') ?? '') ? 1 : 0;
      const add = (kind: TensorParameters['kind'], field: string) => {
        for (const dtype of messagesIn(layer, field)) {
          const type = scalarIn(dtype, 'type') ?? 'DT_FLOAT16';
          const bits = BITS.get(type);
          if (bits === undefined) left.push({ name, why: `${field} of type ${type} has no step` });
          else {
            const scales = stepsOf(dtype, where, name, field);
            tensors.push(
              symmetricTensor({ name, kind, bits, axis: scales.length > 1 ? axis : null, scales }),
            );
          }
        }
      };
      add('activation', 'bottom_mlu_dtype');
      add('weight', 'blobs_dtype');
    }
    return { tensors, left };
  },
};

/** What `mlu_conv_layer`, `mlu_deconv_layer` and `mlu_inner_product_layer` do not read. */
function whyNot(layer: LayerParameters): string | undefined {
  const { op, depthwise, weight } = layer;
  if (weight === undefined) return 'Caffe has no layer that multiplies two activations with integers';
  if (depthwise) return "Cambricon's Caffe computes depthwise convolutions in float";
  if (op === 'ConvTranspose' && (weight.bits !== 8 || weight.axis !== null)) {
    return "Cambricon's Caffe reads an int8 step for the whole weight of a Deconvolution";
  }
  return notSymmetricInt(layer);
}

function layerText({ name, op, inputs, weight }: LayerParameters): string {
  return [
    'layer {',
    `  name: ${quoted(name)}`,
    `  type: "${CAFFE_TYPES[op]}"`,
    ...inputs.flatMap((input) => dtypeLines('bottom_mlu_dtype', input)),
    ...dtypeLines('blobs_dtype', weight!),
    '}\n',
  ].join('\n');
}

function dtypeLines(field: string, tensor: TensorParameters): string[] {
  const parts = positionScalesOf(tensor);
  return [
    `  ${field} {`,
    `    type: DT_INT${tensor.bits}`,
    ...parts.map(({ position }) => `    position: ${position}`),
    ...parts.map(({ scale }) => `    scale: ${scale}`),
    '  }',
  ];
}

/** Position without scale is a power of two: `generate_quantized_pt` may write positions alone. */
function stepsOf(dtype: TextMessage, where: string, layer: string, field: string): number[] {
  const at = `${where}: layer "${layer}", ${field}`;
  const positions = numbersIn(dtype, 'position', where, true);
  const scales = numbersIn(dtype, 'scale', where);
  if (positions.length === 0 || (scales.length > 0 && scales.length !== positions.length)) {
    throw new UserError(
      `${at} has ${positions.length} positions and ${scales.length} scales: give one of each a channel`,
    );
  }
  return positions.map((position, i) => checkedStep(stepOf({ position, scale: scales[i] ?? 1 }), at));
}

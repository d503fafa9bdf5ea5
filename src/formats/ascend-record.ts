import { UserError } from '../errors.ts';
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

const BITS = 8;

/** Fields of a layer's record that say nothing about a grid. */
const SILENT = new Set(['skip_fusion', 'channels', 'height', 'width']);
const READ = new Set(['scale_d', 'offset_d', 'scale_w', 'offset_w', 'dst_type', 'act_type', 'wts_type']);

/**
 * The record of Ascend's AMCT, protobuf text (`ScaleOffsetRecord` in amct_pytorch's scale_offset_record_pytorch.proto
 * and its Caffe, ONNX and TensorFlow kin): steps, and the zero point of int8 activations in `offset_d`.
 */
export const ascendRecord: ParameterFormat = {
  file: 'record.txt',
  title: 'Ascend AMCT record',

  write(set) {
    const { layers, left } = expressible(set, whyNot);
    return { text: layers.map(recordText).join(''), left };
  },

  recognizes: (text) => beginsWith(text, ['record']),

  read(text, where) {
    const tensors: TensorParameters[] = [];
    const left: LeftOut[] = [];
    for (const field of parseTextFormat(text, where)) {
      const { name, line, value } = field;
      if (name !== 'record' || typeof value === 'string') {
        left.push({ name, why: `line ${line} is no record of scales` });
        continue;
      }
      const key = scalarIn(value, 'key');
      if (key === undefined) throw new UserError(`${where}:${line}: the record has no key: name its layer`);
      for (const other of value.filter((each) => each.name !== 'key' && each.name !== 'value')) {
        left.push({ name: key, why: `${other.name} is no parameter of a layer's input or weight` });
      }
      for (const layer of messagesIn(value, 'value')) {
        tensors.push(...tensorsOf(key, layer, `${where}:${line}`, where));
        const names = new Set(layer.map((each) => each.name));
        for (const other of names) {
          if (!READ.has(other) && !SILENT.has(other))
            left.push({ name: key, why: `${other} is no part of a grid` });
        }
      }
    }
    return { tensors, left };
  },
};

function whyNot({ op, groups, inputs, weight }: LayerParameters): string | undefined {
  if (weight === undefined || inputs.length !== 1) return 'a record holds one input and one weight';
  const other = [inputs[0], weight].find((t) => t.bits !== BITS);
  if (other !== undefined) return `AMCT computes with int8, and "${other.name}" has ${other.bits} bits`;
  if (!weight.symmetric) return 'AMCT takes weights without offset alone';
  if (op === 'ConvTranspose' && groups > 1 && weight.axis !== null) {
    return 'AMCT counts the channels of a grouped deconvolution over all groups: set weights: per-tensor';
  }
  if (weight.axis !== null && (op === 'Gemm' || op === 'MatMul')) {
    return `AMCT takes one scale for the whole weight of a ${op}: set weights: per-tensor`;
  }
  return undefined;
}

function recordText({ name, inputs, weight }: LayerParameters): string {
  const [{ scales, zeroPoints, qmin }] = inputs;
  return [
    'record {',
    `  key: ${quoted(name)}`,
    '  value {',
    `    scale_d: ${float32Text(scales[0])}`,
    `    offset_d: ${zeroPoints[0] - qmin - 2 ** (BITS - 1)}`,
    ...weight!.scales.map((scale) => `    scale_w: ${float32Text(scale)}`),
    ...weight!.scales.map(() => '    offset_w: 0'),
    '  }',
    '}\n',
  ].join('\n');
}

/** Nine digits tell every float32 from its neighbours. */
function float32Text(value: number): string {
  return String(Number(value.toPrecision(9)));
}

function tensorsOf(name: string, layer: TextMessage, at: string, where: string): TensorParameters[] {
  const [scaleD, offsetD] = [numbersIn(layer, 'scale_d', where), numbersIn(layer, 'offset_d', where, true)];
  const [scaleW, offsetW] = [numbersIn(layer, 'scale_w', where), numbersIn(layer, 'offset_w', where, true)];
  const dstType = scalarIn(layer, 'dst_type');
  const tensor = (kind: TensorParameters['kind'], type: string | undefined, scales: readonly number[]) => {
    const bits = bitsOf(type ?? 'INT8', name, at);
    const half = 2 ** (bits - 1);
    return {
      name,
      kind,
      bits,
      symmetric: kind === 'weight',
      qmin: -half,
      qmax: half - 1,
      axis: scales.length > 1 ? 0 : null,
      scales: scales.map((scale) => checkedStep(scale, `${at}: "${name}"`)),
    };
  };
  const tensors: TensorParameters[] = [];
  const scale = scaleD.at(-1);
  if (scale !== undefined) {
    // The older `dst_type` is of weights: AMCT keeps activations of INT4 layers in int8.
    const input = tensor('activation', scalarIn(layer, 'act_type'), [scale]);
    const zeroPoint = offsetD.at(-1) ?? 0;
    if (zeroPoint < input.qmin || zeroPoint > input.qmax) {
      throw new UserError(
        `${at}: offset_d ${zeroPoint} of "${name}" is not from ${input.qmin} to ${input.qmax}`,
      );
    }
    tensors.push({ ...input, zeroPoints: [zeroPoint] });
  }
  if (scaleW.length !== offsetW.length || offsetW.some((offset) => offset !== 0)) {
    throw new UserError(`${at}: "${name}" must have an offset_w of 0 for each scale_w`);
  }
  if (scaleW.length > 0) {
    tensors.push({
      ...tensor('weight', scalarIn(layer, 'wts_type') ?? dstType, scaleW),
      zeroPoints: offsetW,
    });
  }
  return tensors;
}

function bitsOf(type: string, name: string, at: string): number {
  const bits = Number(type.match(/^INT(\d+)$/)?.[1]);
  if (!(bits >= 2 && bits <= 16))
    throw new UserError(`${at}: "${name}" has type ${type}: expected INT4 to INT16`);
  return bits;
}

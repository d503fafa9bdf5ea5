import { weightCodes } from '../numerics/channels.ts';
import { toE4m3 } from '../numerics/e4m3.ts';
import { arrayOf, type Tensor } from '../numerics/tensor.ts';
import type { NodeProto, TensorProto } from '../onnx/gen/onnx_pb.ts';
import { makeNode } from '../onnx/graph.ts';
import { keptWith } from '../onnx/kept-weights.ts';
import { freshName, type Names } from '../onnx/names.ts';
import { makeTensor, readTensor } from '../onnx/tensors.ts';
import type { IntegerBias } from '../quantization/bias.ts';
import type { Layer } from '../quantization/layer.ts';
import type { WeightParameters } from '../quantization/parameters.ts';
import type { Quantized } from '../quantization/quantized.ts';
import type { Scheme } from '../quantization/scheme.ts';
import type { LoadedModel } from '../runtime/load-model.ts';
import { storageOf } from './quantizer.ts';

/** Names of the tensors of an integer weight or bias. */
export interface ConstantNames {
  /** Name of the integers. */
  readonly name: string;
  readonly scale: string;
  readonly zero: string;
  /** Name of the real values. */
  readonly dequantized: string;
}

/** Integers of a weight or bias with what turns them into real values. */
export interface Codes {
  readonly codes: Tensor;
  /** The dimension that counts channels; null for one scale. */
  readonly axis: number | null;
  readonly scales: Float32Array;
  readonly zeroPoints: Omit<Tensor, 'dims'>;
}

export interface ConstantCodes extends Codes, ConstantNames {}

/** The integers of a layer's weight on its grid; undefined where it has no quantized weight. */
export function weightCodesOf(layer: Layer, quantized: Quantized): Codes | undefined {
  const weights = quantized.parameters.weights.get(layer.name);
  return weights && codesOf(weights, weights, quantized.scheme);
}

/**
 * Integers that stand for nearly the same weights, and for the same once an importer has rounded them again
 * (`QdqRules.roundsWeightsAgain`): their step is 127/128 of the given one, and round(code' · 127/128) is the given code.
 *
 * @param given codes of magnitude 126 at most
 */
export function beforeRoundingAgain(given: Codes): Codes {
  const { type, dims, data: codes } = given.codes;
  const data = Int8Array.from(codes as Int8Array, (code) =>
    Math.abs(code) < 64 ? code : code + Math.sign(code),
  );
  const scales = given.scales.map((scale) => (scale * 127) / 128);
  return { ...given, codes: keptWith(given.codes, { type, dims, data }), scales };
}

/** The integers of a constant that an operator takes like an activation. */
export function operandCodesOf(name: string, quantized: Quantized): Codes {
  const { model, parameters, scheme } = quantized;
  const params = parameters.activations.get(name)!;
  const { dims, data } = readTensor(model.view.initializers.get(name)!, model.where);
  const values = { dims, data: data as Float32Array };
  return codesOf(values, { params: [params], grid: params.grid, axis: null }, scheme);
}

function codesOf(
  values: Pick<WeightParameters, 'dims' | 'data'>,
  { params, grid, axis }: Pick<WeightParameters, 'params' | 'grid' | 'axis'>,
  { target: { rounding } }: Scheme,
): Codes {
  const { dims } = values;
  const codes = weightCodes(values.data, { dims, axis }, params, { grid, rounding });
  const { type } = storageOf(grid);
  const data = grid.float === undefined ? arrayOf(type).from(codes) : toE4m3(codes);
  return {
    codes: keptWith(values, { type, dims, data }),
    axis,
    scales: Float32Array.from(params, (p) => p.scale),
    zeroPoints: { type, data: arrayOf(type).from(params.map((p) => p.zeroPoint)) },
  };
}

export function biasCodesOf({ codes, scales }: IntegerBias): Codes {
  return {
    codes: { type: 'int32', dims: [codes.length], data: codes },
    axis: scales.length > 1 ? 0 : null,
    scales,
    zeroPoints: { type: 'int32', data: new Int32Array(scales.length) },
  };
}

/** DequantizeLinear over the integers, and its constants. */
export function dequantizedConstant(
  constant: ConstantCodes,
  names: Names,
): { node: NodeProto; tensors: TensorProto[] } {
  const { codes, axis, scales, zeroPoints } = constant;
  const dims = axis === null ? [] : [scales.length];
  const tensors = [
    makeTensor(constant.name, codes),
    makeTensor(constant.scale, { type: 'float32', dims, data: scales }),
    makeTensor(constant.zero, { ...zeroPoints, dims }),
  ];
  const inputs = tensors.map((t) => t.name);
  const node = makeNode('DequantizeLinear', inputs, [constant.dequantized], axis === null ? {} : { axis });
  node.name = freshName(names.nodes, node.name);
  return { node, tensors };
}

/**
 * Names for integer weights and biases: the one in the user's file where nothing else has it or goes on reading the
 * floating-point values under it, and the same with the layer's name behind it otherwise.
 */
export function weightNamer(
  { view, weightNames }: LoadedModel,
  { tensors: taken }: Names,
): (name: string, layer: string) => ConstantNames {
  const named = (name: string): ConstantNames => ({
    name,
    scale: `${name}/scale`,
    zero: `${name}/zero`,
    dequantized: `${name}/dequantized`,
  });
  const isOwn = (name: string) =>
    view.uses.get(name)?.length === 1 && !view.captured.has(name) && !view.outputs.has(name);
  return (name, layer) => {
    const isFree = (wanted: string) =>
      Object.values(named(wanted)).every((each) => !taken.has(each) || (each === wanted && mayKeep(wanted)));
    // The integers may have the name of the real values that nothing reads any more.
    const mayKeep = (wanted: string) => wanted === name && isOwn(name);
    let chosen = weightNames.get(name) ?? name;
    while (!isFree(chosen)) chosen = `${chosen}/${layer}`;
    const names = named(chosen);
    for (const each of Object.values(names)) taken.add(each);
    return names;
  };
}

import { weightCodes } from '../numerics/channels.ts';
import type { Rounding } from '../numerics/rounding.ts';
import { arrayOf, type Tensor } from '../numerics/tensor.ts';
import type { NodeProto, TensorProto } from '../onnx/gen/onnx_pb.ts';
import { makeNode } from '../onnx/graph.ts';
import { makeTensor, readTensor } from '../onnx/tensors.ts';
import type { WeightParameters } from '../quantization/parameters.ts';
import type { LoadedModel } from '../runtime/simplify.ts';
import { storageOf } from './quantizer.ts';

/** Integers of a weight or bias with what turns them into real values. */
export interface ConstantCodes {
  /** Of the integers; those of scales and zero points begin with it. */
  readonly name: string;
  /** Of the real values. */
  readonly dequantized: string;
  readonly codes: Tensor;
  /** The dimension that counts channels; null for one scale. */
  readonly axis: number | null;
  readonly scales: Float32Array;
  readonly zeroPoints: Omit<Tensor, 'dims'>;
}

/** The integers of a weight tensor on the grid of its parameters. */
export function weightTensors(
  name: string,
  weight: TensorProto,
  { dims, axis, params, grid }: WeightParameters,
  rounding: Rounding,
  where: string,
): ConstantCodes {
  const values = readTensor(weight, where).data as Float32Array;
  const codes = weightCodes(values, dims, axis, params, grid, rounding);
  const { type } = storageOf(grid);
  return {
    name,
    dequantized: `${name}/dequantized`,
    codes: { type, dims, data: arrayOf(type).from(codes) },
    axis,
    scales: Float32Array.from(params, (p) => p.scale),
    zeroPoints: { type, data: arrayOf(type).from(params.map((p) => p.zeroPoint)) },
  };
}

/** DequantizeLinear over the integers, and its constants. */
export function dequantizedConstant(constant: ConstantCodes): { node: NodeProto; tensors: TensorProto[] } {
  const { name, dequantized, codes, axis, scales, zeroPoints } = constant;
  const dims = axis === null ? [] : [scales.length];
  const tensors = [
    makeTensor(name, codes),
    makeTensor(`${name}/scale`, { type: 'float32', dims, data: scales }),
    makeTensor(`${name}/zero`, { ...zeroPoints, dims }),
  ];
  const inputs = tensors.map((t) => t.name);
  return {
    node: makeNode('DequantizeLinear', inputs, [dequantized], axis === null ? {} : { axis }),
    tensors,
  };
}

/**
 * Names for integer weights and biases: the one in the user's file where nothing else has it or goes on reading the
 * floating-point values under it, and the same with the layer's name behind it otherwise.
 */
export function weightNamer({ view, weightNames }: LoadedModel): (name: string, layer: string) => string {
  const taken = new Set([
    ...view.initializers.keys(),
    ...view.producers.keys(),
    ...view.inputs.map((i) => i.name),
    ...view.captured,
  ]);
  const isFree = (name: string) =>
    ['', '/scale', '/zero', '/dequantized'].every((part) => !taken.has(`${name}${part}`));
  const isOwn = (name: string) =>
    view.uses.get(name)?.length === 1 && !view.captured.has(name) && !view.outputs.has(name);
  return (name, layer) => {
    if (isOwn(name)) taken.delete(name);
    let chosen = weightNames.get(name) ?? name;
    while (!isFree(chosen)) chosen = `${chosen}/${layer}`;
    taken.add(chosen);
    return chosen;
  };
}

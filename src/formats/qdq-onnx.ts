import { GREATEST_E4M3 } from '../numerics/e4m3.ts';
import type { ElementType, Tensor } from '../numerics/tensor.ts';
import {
  TensorProto_DataType as DataType,
  type ModelProto,
  type NodeProto,
  type TensorProto,
} from '../onnx/gen/onnx_pb.ts';
import { attributeOf, type GraphView, intAttribute, valueType, viewGraph } from '../onnx/graph.ts';
import { elementTypeOf, isExternal, readTensor } from '../onnx/tensors.ts';
import type { LeftOut, TensorParameters } from './parameter-set.ts';

/** ONNX's own operators, and those of ONNX Runtime that mean the same. */
const DOMAINS = new Set(['', 'ai.onnx', 'com.microsoft']);

const GRIDS: Partial<Record<ElementType, Pick<TensorParameters, 'bits' | 'qmin' | 'qmax'>>> = {
  int8: { bits: 8, qmin: -128, qmax: 127 },
  uint8: { bits: 8, qmin: 0, qmax: 255 },
  int16: { bits: 16, qmin: -32768, qmax: 32767 },
  uint16: { bits: 16, qmin: 0, qmax: 65535 },
};

const E4M3 = { bits: 8, qmin: -GREATEST_E4M3, qmax: GREATEST_E4M3, float: 'e4m3' } as const;

/** A QuantizeLinear or DequantizeLinear and the tensor that it speaks of. */
interface Place {
  readonly node: NodeProto;
  readonly name: string;
  readonly kind: TensorParameters['kind'];
  /** The type of the integers where no zero point tells it. */
  readonly type: ElementType | undefined;
  readonly dims: readonly (number | null)[] | undefined;
}

/**
 * The parameters in a model with explicit quantization, whoever wrote it and in any opset: of every QuantizeLinear,
 * and of every DequantizeLinear over constants. An activation has the name of the graph output behind it, of what a
 * Clip to a narrower grid reads where quantgate wrote one, or of what QuantizeLinear reads; a weight that of its
 * constant. Weights are reported with the width of their integer type. Bodies of If, Loop and Scan are not read.
 *
 * @param where the file name for messages
 * @returns parameters, and in `left` the tensors whose quantization they cannot express
 * @throws UserError when a constant does not hold the values that its shape needs
 */
export function readQdq(
  model: ModelProto,
  where: string,
): { readonly tensors: TensorParameters[]; readonly left: LeftOut[] } {
  const view = viewGraph(model);
  const tensors = new Map<string, TensorParameters>();
  const left: LeftOut[] = [];
  for (const node of view.graph.node) {
    if (!DOMAINS.has(node.domain)) continue;
    const place = placeOf(node, view);
    if (place === undefined) continue;
    const read = typeof place === 'string' ? place : parametersOf(place, view, where);
    if (typeof read === 'string') left.push({ name: node.input[0], why: read });
    else if (!tensors.has(read.name)) tensors.set(read.name, read);
    else if (JSON.stringify(tensors.get(read.name)) !== JSON.stringify(read))
      left.push({ name: read.name, why: 'it is quantized once more with other parameters' });
  }
  return { tensors: [...tensors.values()], left };
}

/** Undefined for other operators, and for a DequantizeLinear whose QuantizeLinear tells the same. */
function placeOf(node: NodeProto, view: GraphView): Place | string | undefined {
  const [source] = node.input;
  const constant = constantOf(source, view);
  if (node.opType === 'QuantizeLinear') {
    const type = elementTypeOf(intAttribute(node, 'output_dtype', 0) || DataType.UINT8);
    if (constant !== undefined)
      return { node, name: source, kind: 'weight', type, dims: constant.dims.map(Number) };
    const { dims } = valueType(view.types.get(source));
    return { node, name: activationName(node, view), kind: 'activation', type, dims };
  }
  if (node.opType !== 'DequantizeLinear') return undefined;
  if (constant === undefined) {
    return view.producers.get(source)?.opType === 'QuantizeLinear'
      ? undefined
      : 'its integers are made by no QuantizeLinear of the graph';
  }
  if (constant.dataType === DataType.INT32) return 'it is a bias, whose scale follows from input and weight';
  const type = elementTypeOf(constant.dataType);
  return { node, name: source, kind: 'weight', type, dims: constant.dims.map(Number) };
}

function constantOf(name: string, view: GraphView): TensorProto | undefined {
  const initializer = view.initializers.get(name);
  const producer = view.producers.get(name);
  return initializer ?? (producer?.opType === 'Constant' ? attributeOf(producer, 'value')?.t : undefined);
}

function dequantized(node: NodeProto, view: GraphView): string[] {
  const readers = view.uses.get(node.output[0]) ?? [];
  return readers.filter((use) => use.node.opType === 'DequantizeLinear').map((use) => use.node.output[0]);
}

function activationName(node: NodeProto, view: GraphView): string {
  const output = dequantized(node, view).find((name) => view.outputs.has(name));
  return output ?? narrowing(node, view)?.input[0] ?? node.input[0];
}

/** The Clip that quantgate puts before a QuantizeLinear whose grid is narrower than its integer type. */
function narrowing(node: NodeProto, view: GraphView): NodeProto | undefined {
  const clip = view.producers.get(node.input[0]);
  // What follows the `~` makes the name a free one.
  const isOurs = dequantized(node, view).some((name) => node.input[0].split('~')[0] === `${name}/clipped`);
  return clip?.opType === 'Clip' && isOurs ? clip : undefined;
}

function parametersOf(place: Place, view: GraphView, where: string): TensorParameters | string {
  const { node, name, kind, dims } = place;
  const [, scaleName, zeroName = ''] = node.input;
  if (intAttribute(node, 'block_size', 0) !== 0) return 'it has scales per block';
  const scale = constantValues(scaleName, view, where);
  if (typeof scale === 'string') return `its scale ${scale}`;
  if (scale.type !== 'float32') return `its scale is ${scale.type}, not float32`;
  const isFloat = constantOf(zeroName, view)?.dataType === DataType.FLOAT8E4M3FN;
  const zero = zeroName === '' || isFloat ? undefined : constantValues(zeroName, view, where);
  if (typeof zero === 'string') return `its zero point ${zero}`;
  const storage = zero === undefined ? place.type : zero.type;
  const grid = isFloat ? E4M3 : storage && GRIDS[storage];
  if (grid === undefined)
    return 'its codes are of a type other than int8, uint8, int16, uint16 and float8e4m3fn';
  const scales = [...(scale.data as Float32Array)];
  const bad = scales.find((s) => !(s > 0 && s < Infinity));
  if (bad !== undefined) return `its scale ${bad} is not a positive number`;
  const zeroPoints = zero === undefined ? scales.map(() => 0) : Array.from(zero.data, Number);
  if (scales.length === 0 || zeroPoints.length !== scales.length)
    return `it has ${scales.length} scales and ${zeroPoints.length} zero points`;
  const axis = scales.length === 1 ? null : channelAxis(node, dims);
  if (typeof axis === 'string') return axis;
  const channels = axis === null ? null : (dims?.[axis] ?? null);
  if (channels !== null && channels !== scales.length)
    return `it has ${scales.length} scales for ${channels} channels`;
  const symmetric = grid.qmin < 0 && zeroPoints.every((z) => z === 0);
  const clip = kind === 'activation' ? narrowing(node, view) : undefined;
  const toCode = (bound: number) => Math.round(bound / scales[0]) + zeroPoints[0];
  const narrow = clip && narrowGrid(clip, toCode, view, where);
  return { name, kind, symmetric, axis, scales, zeroPoints, ...grid, ...narrow };
}

function constantValues(name: string, view: GraphView, where: string): Tensor | string {
  const tensor = constantOf(name, view);
  if (tensor === undefined) return 'is no constant';
  if (isExternal(tensor)) return 'lies in external data';
  if (elementTypeOf(tensor.dataType) === undefined)
    return `is ${DataType[tensor.dataType] ?? 'unknown'}, which is not read`;
  return readTensor(tensor, where);
}

function channelAxis(node: NodeProto, dims: Place['dims']): number | string {
  const axis = intAttribute(node, 'axis', 1);
  if (axis >= 0) return dims !== undefined && axis >= dims.length ? `it has no dimension ${axis}` : axis;
  if (dims === undefined) return 'its axis counts from the end of a shape that the file does not state';
  return axis + dims.length < 0 ? `it has no dimension ${axis}` : axis + dims.length;
}

function narrowGrid(clip: NodeProto, toCode: (bound: number) => number, view: GraphView, where: string) {
  const [qmin, qmax] = [1, 2].map((input) => {
    const bound = constantValues(clip.input[input] ?? '', view, where);
    return typeof bound === 'string' ? Number.NaN : toCode(Number(bound.data[0]));
  });
  return qmax > qmin ? { bits: Math.ceil(Math.log2(qmax - qmin + 1)), qmin, qmax } : undefined;
}

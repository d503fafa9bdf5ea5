import type { Grid, QuantParams, RoundedGrid } from '../numerics/grid.ts';
import { arrayOf } from '../numerics/tensor.ts';
import { CONTRIB } from '../onnx/contrib.ts';
import { addConstant, addFloats, addNode, type Draft, freshTensor, putNode } from '../onnx/draft.ts';
import type { NodeProto } from '../onnx/gen/onnx_pb.ts';
import { inDomain, makeNode } from '../onnx/graph.ts';
import { boundsOf } from '../quantization/bounds.ts';
import type { Quantized } from '../quantization/quantized.ts';
import { clamp } from './clamp.ts';
import { roundToE4m3Numbers } from './round-to-e4m3.ts';

/** How the values of a tensor are put onto a grid. */
export interface Quantizer extends RoundedGrid {
  readonly params: QuantParams;
  /** Whether values are multiplied by the inverse step. */
  readonly inverseSteps?: boolean;
  /** The operator that makes the tensor leaves nothing below zero. */
  readonly nonNegative?: boolean;
}

/** Names of two tensors of a graph: what is read and what is to be made of it. */
export interface Between {
  readonly from: string;
  readonly to: string;
}

/** Names of the integers behind a quantized tensor. */
export interface Integers {
  /** What QuantizeLinear makes; undefined where other operators round. */
  readonly codes: string | undefined;
  /** The codes less their zero point as float32; undefined where QuantizeLinear rounds. */
  readonly integers: string | undefined;
  /** The nodes before a QuantizeLinear that round or saturate for it. */
  readonly preparing: readonly NodeProto[];
}

/** How the target puts an activation of the plan onto its grid. */
export function quantizerOf({ model, scheme, parameters }: Quantized, activation: string): Quantizer {
  const params = parameters.activations.get(activation)!;
  const { rounding, arithmetic } = scheme.target;
  const producer = model.view.producers.get(activation);
  const bounds = producer && boundsOf(producer, model.view);
  const nonNegative = bounds !== undefined && bounds.alpha >= 0;
  return { params, grid: params.grid, rounding, inverseSteps: arithmetic.inverseSteps, nonNegative };
}

/** Quantize-dequantize of a tensor, computed in float32 by ONNX operators. */
export function activationQuantizer(draft: Draft, between: Between, quantizer: Quantizer): Integers {
  if (quantizer.grid.float !== undefined) {
    roundToE4m3Numbers(draft, between, quantizer.params.scale);
    return { codes: undefined, integers: undefined, preparing: [] };
  }
  if (quantizer.rounding !== 'half-to-even')
    return { codes: undefined, integers: roundAwayFromZero(draft, between, quantizer), preparing: [] };
  const start = draft.nodes.length;
  const codes = quantizeLinear(draft, between, quantizer, CONTRIB);
  return { codes, integers: undefined, preparing: beforeQuantizeLinear(draft, start) };
}

/** The smallest type of ONNX that holds a grid. */
export function storageOf(grid: Grid): {
  type: 'int8' | 'uint8' | 'int16' | 'uint16' | 'float8e4m3fn';
  qmin: number;
  qmax: number;
} {
  if (grid.float !== undefined) return { type: 'float8e4m3fn', qmin: grid.qmin, qmax: grid.qmax };
  const bits = grid.bits <= 8 ? 8 : 16;
  return grid.qmin < 0
    ? { type: bits === 8 ? 'int8' : 'int16', qmin: -(2 ** (bits - 1)), qmax: 2 ** (bits - 1) - 1 }
    : { type: bits === 8 ? 'uint8' : 'uint16', qmin: 0, qmax: 2 ** bits - 1 };
}

/** Whether a grid has fewer codes than the type that stores them. */
export function isNarrow(grid: Grid): boolean {
  const { qmin, qmax } = storageOf(grid);
  return grid.qmin !== qmin || grid.qmax !== qmax;
}

/** Adds a scalar scale and zero point, named after `wanted`, and gives their names. */
export function addScale(
  draft: Draft,
  wanted: string,
  { params, grid }: Pick<Quantizer, 'params' | 'grid'>,
): [scale: string, zero: string] {
  const { type } = storageOf(grid);
  return [
    addFloats(draft, `${wanted}/scale`, [params.scale]),
    addConstant(draft, `${wanted}/zero`, { type, dims: [], data: arrayOf(type).of(params.zeroPoint) }),
  ];
}

/**
 * QuantizeLinear and DequantizeLinear of `domain`. A grid of a width that is no integer type of its own is kept in the
 * next wider one: narrower values need no operator set beyond 13, and the 4-bit types of opset 21 are for weights alone
 * in the toolchains that know them.
 *
 * @returns the name of the codes
 */
export function quantizeLinear(
  draft: Draft,
  { from, to }: Between,
  { params, grid }: Pick<Quantizer, 'params' | 'grid'>,
  domain: string,
): string {
  const [scale, zero] = addScale(draft, to, { params, grid });
  // QuantizeLinear saturates at its integer type; a narrower grid is clamped before, to the same codes.
  const source = isNarrow(grid) ? clamp(draft, from, [params.alpha, params.beta], `${to}/clipped`) : from;
  const codes = freshTensor(draft, `${to}/q`);
  putNode(draft, inDomain(domain, makeNode('QuantizeLinear', [source, scale, zero], [codes])));
  putNode(draft, inDomain(domain, makeNode('DequantizeLinear', [codes, scale, zero], [to])));
  return codes;
}

/** What float32 leaves of a tie: means of codes are sums of real values here, next to a tie in its stead. In steps of the grid. */
const TIE_FROM_BELOW = 2 ** -12;

/**
 * The same with ties rounded up: to 8 bits, values are raised by more than what a tie may lack, and by less than what tells
 * another value from it. Steps of 16 bits leave no room for that in float32, and are cut to integers instead.
 */
export function tiesUpQuantizer(draft: Draft, between: Between, quantizer: Quantizer): Integers {
  const { params, grid } = quantizer;
  if (grid.bits > 8) return saturatingQuantizer(draft, between, quantizer);
  const { from, to } = between;
  const start = draft.nodes.length;
  const raise = addFloats(draft, `${to}/raise`, [params.scale * TIE_FROM_BELOW]);
  const raised = addNode(draft, 'Add', [from, raise], `${to}/raised`);
  const codes = quantizeLinear(draft, { from: raised, to }, quantizer, CONTRIB);
  return { codes, integers: undefined, preparing: beforeQuantizeLinear(draft, start) };
}

/** The same by way of integers that are saturated last: what makes them itself may be put in the place of the steps before. */
export function saturatingQuantizer(draft: Draft, { from, to }: Between, quantizer: Quantizer): Integers {
  const { params, grid } = quantizer;
  const start = draft.nodes.length;
  const name = (part: string) => `${to}/${part}`;
  const [scale, zero] = addScale(draft, to, quantizer);
  const steps = addNode(draft, 'Div', [from, scale], name('steps'));
  const half = addFloats(draft, name('half'), [0.5 + TIE_FROM_BELOW]);
  const integer = addNode(
    draft,
    'Floor',
    [addNode(draft, 'Add', [steps, half], name('up'))],
    name('integer'),
  );
  const ends = [grid.qmin - params.zeroPoint, grid.qmax - params.zeroPoint] as const;
  const integers = clamp(draft, integer, ends, name('integers'));
  const preparing = draft.nodes.slice(start);
  const codes = freshTensor(draft, name('q'));
  const unit = addFloats(draft, name('unit'), [1]);
  putNode(draft, inDomain(CONTRIB, makeNode('QuantizeLinear', [integers, unit, zero], [codes])));
  putNode(draft, makeNode('Mul', [integers, scale], [to]));
  return { codes, integers, preparing };
}

/** What a draft got since it had `start` nodes, but for QuantizeLinear and DequantizeLinear at its end. */
const beforeQuantizeLinear = ({ nodes }: Draft, start: number) => nodes.slice(start, -2);

/**
 * The float32 below a half. Added to a float32 that is not negative, the sum's own rounding takes a tie to the next integer and
 * leaves what is below a tie below that integer, which a half does not: 0.49999997 + 0.5 is 1 in float32.
 */
const BELOW_HALF = 0.5 - 2 ** -25;

/**
 * No ONNX operator rounds ties away from zero. With t = x / s (x · (1/s) where the target keeps inverse steps) clamped to the
 * grid, floor(t + BELOW_HALF) does for what is not negative, exactly in float32; the positive and the negative half are rounded
 * apart.
 *
 * @returns the name of the codes less their zero point, in float32
 */
function roundAwayFromZero(
  draft: Draft,
  { from, to }: Between,
  { params, grid, inverseSteps, nonNegative }: Quantizer,
): string {
  const name = (part: string) => `${to}/${part}`;
  const scale = addFloats(draft, name('scale'), [params.scale]);
  const half = addFloats(draft, name('half'), [BELOW_HALF]);
  const ends = [grid.qmin - params.zeroPoint, grid.qmax - params.zeroPoint] as const;
  const inSteps = inverseSteps
    ? addNode(draft, 'Mul', [from, addFloats(draft, name('inverse'), [1 / params.scale])], name('t'))
    : addNode(draft, 'Div', [from, scale], name('t'));
  const codes = clamp(draft, inSteps, ends, name('codes'));
  const rounded = (magnitude: string, wanted: string) =>
    addNode(draft, 'Floor', [addNode(draft, 'Add', [magnitude, half], `${wanted}/up`)], wanted);
  const signed = () => {
    const negated = addNode(draft, 'Neg', [codes], name('negated'));
    const [positive, negative] = [
      ['positive', codes],
      ['negative', negated],
    ].map(([side, source]) => rounded(addNode(draft, 'Relu', [source], name(`${side}/a`)), name(side)));
    return addNode(draft, 'Sub', [positive, negative], name('integers'));
  };
  const integers = nonNegative ? rounded(codes, name('integers')) : signed();
  putNode(draft, makeNode('Mul', [integers, scale], [to]));
  return integers;
}

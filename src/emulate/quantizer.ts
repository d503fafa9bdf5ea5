import type { Grid, QuantParams } from '../numerics/grid.ts';
import type { Rounding } from '../numerics/rounding.ts';
import type { Tensor } from '../numerics/tensor.ts';
import type { NodeProto, TensorProto } from '../onnx/gen/onnx_pb.ts';
import { makeNode } from '../onnx/graph.ts';
import { makeTensor } from '../onnx/tensors.ts';

/** Nodes and constants to add to a graph. */
export interface Piece {
  readonly nodes: readonly NodeProto[];
  readonly constants: readonly TensorProto[];
}

/** ONNX Runtime's own domain: its QuantizeLinear works in models of any opset, and on 16 bits. */
export const CONTRIB = 'com.microsoft';

/** Clip takes its bounds as inputs from this opset on. */
const CLIP_INPUTS_OPSET = 11;

/** Quantize-dequantize of tensor `from` into tensor `to`, computed in float32 by ONNX operators. */
export function activationQuantizer(
  from: string,
  to: string,
  params: QuantParams,
  grid: Grid,
  rounding: Rounding,
  opset: number,
): Piece {
  return rounding === 'half-to-even'
    ? quantizeLinear(from, to, params, grid, opset, CONTRIB)
    : roundAwayFromZero(from, to, params, grid, opset);
}

/** The smallest integer type of ONNX that holds a grid. */
export function storageOf(grid: Grid): {
  type: 'int8' | 'uint8' | 'int16' | 'uint16';
  qmin: number;
  qmax: number;
} {
  const bits = grid.bits <= 8 ? 8 : 16;
  return grid.qmin < 0
    ? { type: bits === 8 ? 'int8' : 'int16', qmin: -(2 ** (bits - 1)), qmax: 2 ** (bits - 1) - 1 }
    : { type: bits === 8 ? 'uint8' : 'uint16', qmin: 0, qmax: 2 ** bits - 1 };
}

/** Whether a grid has fewer integers than the type that stores them. */
export function isNarrow(grid: Grid): boolean {
  const { qmin, qmax } = storageOf(grid);
  return grid.qmin !== qmin || grid.qmax !== qmax;
}

/** A scalar scale and zero point as constants named after `name`. */
export function scaleConstants(name: string, params: QuantParams, grid: Grid): TensorProto[] {
  const storage = storageOf(grid);
  const zero = { int8: Int8Array, uint8: Uint8Array, int16: Int16Array, uint16: Uint16Array }[storage.type];
  return [
    makeTensor(`${name}/scale`, scalar(params.scale)),
    makeTensor(`${name}/zero`, { type: storage.type, dims: [], data: zero.of(params.zeroPoint) }),
  ];
}

/**
 * QuantizeLinear and DequantizeLinear of `domain` around codes named `to` with a suffix. A grid of a width that is no
 * integer type of its own is kept in the next wider one: narrower values need no operator set beyond 13, and the
 * 4-bit types of opset 21 are for weights alone in the toolchains that know them.
 */
export function quantizeLinear(
  from: string,
  to: string,
  params: QuantParams,
  grid: Grid,
  opset: number,
  domain: string,
): Piece {
  const constants = scaleConstants(to, params, grid);
  const nodes: NodeProto[] = [];
  let source = from;
  // QuantizeLinear saturates at its integer type; a narrower grid is clamped before, to the same codes.
  if (isNarrow(grid)) {
    source = `${to}/clipped`;
    const clip = clamp(from, source, params.alpha, params.beta, opset);
    nodes.push(...clip.nodes);
    constants.push(...clip.constants);
  }
  const [scale, zero] = constants.map((c) => c.name);
  nodes.push(
    makeNode('QuantizeLinear', [source, scale, zero], [`${to}/q`], {}, domain),
    makeNode('DequantizeLinear', [`${to}/q`, scale, zero], [to], {}, domain),
  );
  return { nodes, constants };
}

/**
 * No ONNX operator rounds ties away from zero. With t = x / s clamped to the grid and a = |t|, floor(a) plus one
 * where a − floor(a) >= 0.5 is exact in float32; floor(a + 0.5) is not. The sign returns as t / a's would: by
 * keeping the positive and the negative half apart.
 */
function roundAwayFromZero(from: string, to: string, params: QuantParams, grid: Grid, opset: number): Piece {
  const name = (part: string) => `${to}/${part}`;
  const constants = [makeTensor(name('scale'), scalar(params.scale)), makeTensor(name('half'), scalar(0.5))];
  const nodes = [makeNode('Div', [from, name('scale')], [name('t')])];
  const clip = clamp(
    name('t'),
    name('codes'),
    grid.qmin - params.zeroPoint,
    grid.qmax - params.zeroPoint,
    opset,
  );
  nodes.push(...clip.nodes, makeNode('Neg', [name('codes')], [name('negated')]));
  constants.push(...clip.constants);
  for (const [half, source] of [
    ['positive', name('codes')],
    ['negative', name('negated')],
  ] as const) {
    const part = (step: string) => name(`${half}/${step}`);
    nodes.push(
      makeNode('Relu', [source], [part('a')]),
      makeNode('Floor', [part('a')], [part('floor')]),
      makeNode('Sub', [part('a'), part('floor')], [part('fraction')]),
      makeNode('Less', [part('fraction'), name('half')], [part('below')]),
      makeNode('Not', [part('below')], [part('up')]),
      makeNode('Cast', [part('up')], [part('one')], { to: 1 }),
      makeNode('Add', [part('floor'), part('one')], [part('rounded')]),
    );
  }
  nodes.push(
    makeNode('Sub', [name('positive/rounded'), name('negative/rounded')], [name('integers')]),
    makeNode('Mul', [name('integers'), name('scale')], [to]),
  );
  return { nodes, constants };
}

/** `from` saturated at two bounds, in any opset. */
export function clamp(from: string, to: string, low: number, high: number, opset: number): Piece {
  if (opset < CLIP_INPUTS_OPSET) {
    return { nodes: [makeNode('Clip', [from], [to], { min: { f: low }, max: { f: high } })], constants: [] };
  }
  const constants = [makeTensor(`${to}/low`, scalar(low)), makeTensor(`${to}/high`, scalar(high))];
  return { nodes: [makeNode('Clip', [from, constants[0].name, constants[1].name], [to])], constants };
}

function scalar(value: number): Tensor {
  return { type: 'float32', dims: [], data: Float32Array.of(value) };
}

import { addConstant, addFloats, addNode, type Draft, freshTensor, putNode } from '../onnx/draft.ts';
import type { NodeProto } from '../onnx/gen/onnx_pb.ts';
import { shallow } from '../onnx/graph.ts';
import type { HtpSteps } from '../quantization/htp-rescale.ts';
import { spreadOver } from '../quantization/phases.ts';

/** Names of the two bytes of a 16-bit activation, each less that of the zero point, in float32. */
export interface Bytes {
  readonly upper: string;
  readonly lower: string;
}

/**
 * The bytes of 16-bit codes.
 *
 * @param integers the tensor that holds the codes less `zeroPoint`
 */
export function bothBytes(draft: Draft, integers: string, zeroPoint: number): Bytes {
  const name = (part: string) => `${integers}/${part}`;
  const constant = (part: string, value: number) => addFloats(draft, name(part), [value]);
  const codes = addNode(draft, 'Add', [integers, constant('zero', zeroPoint)], name('codes'));
  const scaled = addNode(draft, 'Mul', [codes, constant('per-byte', 1 / 256)], name('scaled'));
  const high = addNode(draft, 'Floor', [scaled], name('high'));
  const upper = addNode(
    draft,
    'Sub',
    [high, constant('zero/high', Math.floor(zeroPoint / 256))],
    name('upper'),
  );
  const shifted = addNode(draft, 'Mul', [high, constant('byte', 256)], name('shifted'));
  const low = addNode(draft, 'Sub', [codes, shifted], name('low'));
  const lower = addNode(draft, 'Sub', [low, constant('zero/low', zeroPoint % 256)], name('lower'));
  return { upper, lower };
}

/**
 * Lets a node multiply with what HTP multiplies with, and add what it adds.
 *
 * @param draft whose nodes come behind the node
 * @param weightInput which input is the weight; undefined for two activations
 * @param sums the name under which the node shall give its sums
 * @param shape in which one value per output channel broadcasts to the output
 * @returns the name of the sums with what is added to them
 */
export function sumOnHtp(
  draft: Draft,
  node: NodeProto,
  weightInput: number | undefined,
  { weights, added, phases }: Pick<HtpSteps, 'weights' | 'added' | 'phases'>,
  shape: readonly number[],
): string {
  if (weights !== undefined)
    node.input[weightInput!] = addConstant(draft, `${node.output[0]}/weights`, weights);
  if (phases !== undefined) node.input.length = 2;
  else if (node.opType !== 'MatMul') {
    node.input[2] = addFloats(draft, `${node.output[0]}/added`, added, [added.length]);
    return node.output[0];
  }
  const constant = perChannel(draft, `${node.output[0]}/added`, added, phases, () => shape);
  return addNode(draft, 'Add', [node.output[0], constant], `${node.output[0]}/sum`);
}

/** The same of the lower bytes, by another node: gives the part of its sums above 8 bits. */
export function lowerBytesOnHtp(
  draft: Draft,
  node: NodeProto,
  lower: string,
  weightInput: number,
  steps: HtpSteps,
  shape: readonly number[],
): string {
  const output = freshTensor(draft, `${node.output[0]}/lower`);
  const input = node.input.map((name, i) => (i === 1 - weightInput ? lower : name));
  const twin = shallow(node, { name: `${node.name}/lower`, input, output: [output] });
  putNode(draft, twin);
  const sum = sumOnHtp(
    draft,
    twin,
    undefined,
    { weights: undefined, added: steps.bytes!.added, phases: undefined },
    shape,
  );
  const perByte = addFloats(draft, `${output}/per-byte`, [1 / 256]);
  const scaled = addNode(draft, 'Mul', [sum, perByte], `${output}/scaled`);
  return addNode(draft, 'Floor', [scaled], `${output}/floor`);
}

/**
 * HTP's steps from a sum to codes less their zero point.
 *
 * @param shapeOf the shape in which so many values broadcast to the output
 */
export function rescaleOnHtp(
  draft: Draft,
  sum: string,
  { perCut, factors, raised, phases }: HtpSteps,
  shapeOf: (count: number) => readonly number[],
): string {
  const constant = (part: string, values: Float32Array) =>
    perChannel(draft, `${sum}/${part}`, values, phases, shapeOf);
  let cut = sum;
  if (perCut !== undefined) {
    const units = addNode(draft, 'Mul', [sum, constant('per-cut', perCut)], `${sum}/units`);
    cut = addNode(draft, 'Floor', [units], `${sum}/cut`);
  }
  const product = addNode(draft, 'Mul', [cut, constant('factor', factors)], `${sum}/product`);
  const up = addNode(draft, 'Add', [product, constant('raised', raised)], `${sum}/up`);
  return addNode(draft, 'Floor', [up], `${sum}/rescaled`);
}

/** A constant of values per output channel, or per channel and phase at the places where they hold. */
function perChannel(
  draft: Draft,
  wanted: string,
  values: Float32Array,
  phases: HtpSteps['phases'],
  shapeOf: (count: number) => readonly number[],
): string {
  if (phases === undefined || values.length === 1)
    return addFloats(draft, wanted, values, shapeOf(values.length));
  return addFloats(draft, wanted, spreadOver(phases, values), [values.length / phases.count, ...phases.size]);
}

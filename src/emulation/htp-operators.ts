import { LEAST_DIVISOR } from '../numerics/htp.ts';
import { addFloats, addNode, freshTensor, partOf, putNode } from '../onnx/draft.ts';
import type { NodeProto } from '../onnx/gen/onnx_pb.ts';
import { isStandard, makeNode, shallow } from '../onnx/graph.ts';
import type { IntegerJoin } from '../quantization/integer-joins.ts';
import type { IntegerSum } from '../quantization/integer-sums.ts';
import type { Quantized } from '../quantization/quantized.ts';
import { htpGenerationOf } from '../targets/htp-generation.ts';
import { integersOf, putBehind, saturateOnly, type Wiring } from './integer-wiring.ts';

/** Puts an addition of codes in the place of one of real values. */
export function rewireSum(
  wiring: Wiring,
  { node: original, first, second, raised, produces, fused }: IntegerSum,
): void {
  const node = wiring.copyOf(original);
  const draft = partOf(wiring.draft);
  const name = (part: string) => `${original.output[0]}/${part}`;
  const product = (input: number, factor: number) => {
    const codes = integersOf(wiring, original.input[input], node.input[input]);
    const constant = addFloats(draft, name(`factor/${input}`), [factor]);
    return addNode(draft, 'Mul', [codes, constant], name(`product/${input}`));
  };
  const sum = addNode(draft, 'Add', [product(0, first), product(1, second)], name('sum'));
  const up = addNode(draft, 'Add', [sum, addFloats(draft, name('raised'), [raised])], name('up'));
  const rescaled = addNode(draft, 'Floor', [up], name('rescaled'));
  wiring.dropped.add(node);
  if (fused !== undefined) wiring.dropped.add(wiring.copyOf(fused));
  saturateOnly(wiring, produces, rescaled);
  putBehind(wiring, node, draft);
}

/** Puts a Concat of codes, each input on the output's grid, in the place of one of real values. */
export function rewireJoin(wiring: Wiring, { node: original, regrids }: IntegerJoin): void {
  const node = wiring.copyOf(original);
  const draft = partOf(wiring.draft);
  const [output] = original.output;
  const name = (part: string) => `${output}/${part}`;
  const half = addFloats(draft, name('half'), [0.5]);
  const rounded = (from: string, part: string) =>
    addNode(draft, 'Floor', [addNode(draft, 'Add', [from, half], name(`${part}/up`))], name(part));
  const scaled = (from: string, factor: number, part: string) =>
    addNode(draft, 'Mul', [from, addFloats(draft, name(`${part}/factor`), [factor])], name(part));
  const input = regrids.map(({ factor, steps }, i) => {
    const codes = integersOf(wiring, original.input[i], node.input[i]);
    if (factor === 1) return codes;
    if (steps === undefined) return rounded(scaled(codes, factor, `product/${i}`), `rounded/${i}`);
    const fine = rounded(scaled(codes, factor * steps, `product/${i}`), `fine/${i}`);
    return rounded(scaled(fine, 1 / steps, `whole/${i}`), `rounded/${i}`);
  });
  const joined = freshTensor(draft, name('joined'));
  putNode(draft, shallow(node, { name: `${node.name}/joined`, input, output: [joined] }));
  wiring.dropped.add(node);
  saturateOnly(wiring, output, joined);
  putBehind(wiring, node, draft);
}

/** The reciprocals of 8-bit activations whose divisors HTP limits. */
export function limitedReciprocals({ model, scheme, parameters }: Quantized): NodeProto[] {
  if (htpGenerationOf(scheme.target) === undefined) return [];
  return model.view.graph.node.filter((node) => {
    const read = parameters.grids.get(node.input[0]);
    const made = parameters.activations.get(node.output[0]);
    return node.opType === 'Reciprocal' && isStandard(node) && read?.grid.bits === 8 && made?.grid.bits === 8;
  });
}

/** Lets a reciprocal read what HTP divides by: steps of less than 1/255 are that, and so is zero where nothing is below it. */
export function limitReciprocal(wiring: Wiring, original: NodeProto): void {
  const node = wiring.copyOf(original);
  const draft = partOf(wiring.draft);
  const [input] = original.input;
  const { scale, alpha } = wiring.quantized.parameters.grids.get(input)!;
  const name = (part: string) => `${original.output[0]}/${part}`;
  const factor = addFloats(draft, name('factor'), [Math.max(1, LEAST_DIVISOR / scale)]);
  const divisor = addNode(draft, 'Mul', [node.input[0], factor], name('divisor'));
  const least = addFloats(draft, name('least'), [LEAST_DIVISOR]);
  const from = alpha < 0 ? divisor : addNode(draft, 'Max', [divisor, least], name('limited'));
  const reciprocal = makeNode('Reciprocal', [from], [node.output[0]]);
  wiring.dropped.add(node);
  putNode(draft, reciprocal);
  putBehind(wiring, node, draft);
}

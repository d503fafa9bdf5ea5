import { partsOf } from '../../numerics/parts.ts';
import {
  addFloats,
  addNode,
  addUp,
  type Draft,
  freshTensor,
  putNode,
  sharedConstant,
} from '../../onnx/draft.ts';
import { attributeOf, shallow } from '../../onnx/graph.ts';
import { readTensor } from '../../onnx/tensors.ts';
import { chipWeights } from '../../quantization/chip-weights.ts';
import type { Layer } from '../../quantization/layer.ts';
import type { WeightParameters } from '../../quantization/parameters.ts';
import type { Quantized } from '../../quantization/quantized.ts';
import { FULL_RANGE_WEIGHT_BITS } from '../../quantization/scheme.ts';
import type { Unit } from '../../quantization/units.ts';
import { walkActivation } from './activation-steps.ts';
import type { SplitDraft } from './split-draft.ts';
import type { Step } from './steps.ts';

/**
 * The steps of a layer's error up to its products: e = L0(x̂, Ŵ) − L0(x, W), L0 being the layer without its bias. L0 is
 * linear in either operand, so each step is L0 of a difference and nothing cancels: L0(clip(x) − x, W),
 * L0(x̂ − clip(x), W), L0(x̂, clip(W) − W), L0(x̂, Ŵ − clip(W)). Of two activations the first is walked before the
 * second. The addend of a Gemm, where it is an activation, adds its own differences.
 */
export function productSteps(draft: SplitDraft, { reads }: Unit, layer: Layer): Map<Step, string> {
  const operands = layer.node.input.slice(0, 2);
  const found = new Map<Step, string[]>();
  const take = (step: Step, input: number, difference: string) => {
    const wanted = `quantgate/unit/${layer.name}/${step}/${input}`;
    const product = addProduct(draft, layer, operands.with(input, difference), wanted);
    found.set(step, [...(found.get(step) ?? []), product]);
  };
  for (const { input, tensor } of reads) {
    const { clipStep, roundStep, quantized } = walkActivation(draft, tensor);
    if (input === ADDEND) {
      for (const [step, difference] of [
        ['activationClip', clipStep],
        ['activationRound', roundStep],
      ] as const)
        found.set(step, [...(found.get(step) ?? []), addend(draft, layer, step, difference)]);
      continue;
    }
    take('activationClip', input, clipStep);
    take('activationRound', input, roundStep);
    operands[input] = quantized;
  }
  const weights = draft.quantized.parameters.weights.get(layer.name);
  if (weights !== undefined) {
    for (const [step, data] of weightDifferences(layer, weights, draft.quantized)) {
      const name = addFloats(draft, `quantgate/unit/${layer.name}/${step}`, data, weights.dims);
      take(step, layer.weight!.input, name);
    }
  }
  return new Map(
    [...found].map(([step, parts]) => [
      step,
      addUp(draft, parts, `quantgate/unit/${layer.name}/${step}/sum`),
    ]),
  );
}

/** Input of a Gemm that is added to its product. */
const ADDEND = 2;

/** beta times the difference of an addend. */
function addend(draft: Draft, layer: Layer, step: Step, difference: string): string {
  const name = `quantgate/unit/${layer.name}/${step}/addend`;
  const beta = addFloats(draft, `${name}/beta`, [attributeOf(layer.node, 'beta')?.f ?? 1]);
  return addNode(draft, 'Mul', [difference, beta], name);
}

function addProduct(draft: Draft, layer: Layer, operands: readonly string[], wanted: string): string {
  const input = [...operands];
  const none = { type: 'float32', dims: [1], data: new Float32Array(1) } as const;
  // Before opset 11 a Gemm cannot do without its third input.
  if (layer.op === 'Gemm') input.push(sharedConstant(draft, 'quantgate/no-bias', none));
  const output = freshTensor(draft, wanted);
  putNode(draft, shallow(layer.node, { name: output, input, output: [output] }));
  return output;
}

/**
 * clip(W) − W and Ŵ − clip(W). Weights that keep their whole range are not clipped: where the ends of the grid fall short
 * of them by less than a step, the rounding of scale and zero point has moved it.
 */
function weightDifferences(
  layer: Layer,
  weights: WeightParameters,
  quantized: Quantized,
): [Step, Float32Array][] {
  const { model } = quantized;
  const { params, grid } = weights;
  const data = chipWeights(layer, quantized)!;
  const values = readTensor(model.view.initializers.get(layer.weight!.name)!, model.where)
    .data as Float32Array;
  if (grid.bits >= FULL_RANGE_WEIGHT_BITS && model.file === undefined)
    return [['weightRound', data.map((chosen, i) => chosen - values[i])]];
  const { of } = partsOf(weights);
  const clipped = values.map((w, i) => Math.min(Math.max(w, params[of(i)].alpha), params[of(i)].beta));
  return [
    ['weightClip', clipped.map((c, i) => c - values[i])],
    ['weightRound', data.map((chosen, i) => chosen - clipped[i])],
  ];
}

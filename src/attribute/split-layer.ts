import type { IntegerLayer } from '../emulate/arithmetic.ts';
import { biasValues, type IntegerBias } from '../emulate/bias.ts';
import type { Parameters } from '../emulate/parameters.ts';
import type { Tensor } from '../numerics/tensor.ts';
import { attributeOf } from '../onnx/graph.ts';
import type { LoadedModel } from '../runtime/simplify.ts';
import type { GraphEdit } from './graph-edit.ts';
import { arithmeticError } from './split-arithmetic.ts';
import type { SplitTensor } from './split-tensors.ts';
import { splitWeight } from './split-weights.ts';
import type { Unit } from './units.ts';

/** The steps of a local error: the names of tensors that add to it. A step without tensors adds nothing. */
export interface Terms {
  readonly weightRound: readonly string[];
  readonly weightClip: readonly string[];
  readonly activationRound: readonly string[];
  readonly activationClip: readonly string[];
  readonly output: readonly string[];
}

/** What a layer is split with. */
export interface LayerContext {
  readonly model: LoadedModel;
  readonly parameters: Parameters;
  readonly edit: GraphEdit;
  readonly splitOf: (tensor: string) => SplitTensor | undefined;
  readonly valuesOf: (initializer: string) => Tensor;
  readonly bias: IntegerBias | undefined;
  /** How the layer leaves its accumulator, where it is computed with integers. */
  readonly integer: IntegerLayer | undefined;
}

/**
 * The terms of a layer: x → clip(x) → x̂, then W → clip(W) → Ŵ, then the output arithmetic. A layer is linear in each
 * operand, so that every step is the layer applied to a difference, and nothing is lost by subtracting results.
 */
export function layerTerms(unit: Unit, context: LayerContext): Terms {
  const layer = unit.layer!;
  const { edit, splitOf, parameters, valuesOf } = context;
  const { node } = layer;
  const term = (part: string) => `split/unit/${unit.name}/${part}`;
  const none = layer.op === 'Gemm' ? [edit.constant(term('no-bias'), zero)] : [];
  let count = 0;
  const apply = (a: string, b: string) => edit.copy(node, [a, b, ...none], term(`product${count++}`));
  const isQuantized = (input: number) => unit.reads.some((r) => r.input === input);
  const operands = node.input.slice(0, 2).map((name, input) => ({
    real: name,
    split: isQuantized(input) ? splitOf(name) : undefined,
    isWeight: layer.weight?.input === input,
  }));
  // Operands are walked one by one: those before one are on their grids already, those after it are not.
  const now = operands.map(({ real }) => real);
  const clip: string[] = [];
  const round: string[] = [];
  const stepped = (input: number, difference: string) => {
    const inputs = now.map((name, i) => (i === input ? difference : name));
    return apply(inputs[0], inputs[1]);
  };
  for (const [input, { split, isWeight }] of operands.entries()) {
    if (isWeight || split === undefined) continue;
    clip.push(stepped(input, split.clipError));
    round.push(stepped(input, split.roundError));
    now[input] = split.rounded;
  }
  if (isQuantized(2)) {
    // A Gemm whose addend is an activation takes its errors as they are, times beta.
    const addend = splitOf(node.input[2])!;
    const beta = edit.constant(term('beta'), scalar(attributeOf(node, 'beta')?.f ?? 1));
    clip.push(edit.node('Mul', [addend.clipError, beta], term('addend-clip-error')));
    round.push(edit.node('Mul', [addend.roundError, beta], term('addend-round-error')));
  }
  const weightClip: string[] = [];
  const weightRound: string[] = [];
  const weights = parameters.weights.get(layer.name);
  if (layer.weight !== undefined && weights !== undefined) {
    const { input, name } = layer.weight;
    const { clipError, roundError, rounded } = splitWeight(valuesOf(name).data as Float32Array, weights);
    if (clipError !== undefined)
      weightClip.push(stepped(input, edit.constant(term('weight-clip-error'), clipError)));
    weightRound.push(stepped(input, edit.constant(term('weight-round-error'), roundError)));
    now[input] = edit.constant(term('weight'), rounded);
  }
  const output = arithmeticError(
    layer,
    context,
    term,
    () => apply(now[0], now[1]),
    realBias(context, node.input[2]),
  );
  return { weightRound, weightClip, activationRound: round, activationClip: clip, output };
}

const zero: Tensor = { type: 'float32', dims: [1], data: new Float32Array(1) };

function scalar(value: number): Tensor {
  return { type: 'float32', dims: [], data: Float32Array.of(value) };
}

/** Bias as the FP32 model has it and as the chip stores it. */
function realBias({ bias, valuesOf }: LayerContext, name: string | undefined) {
  if (bias === undefined || name === undefined) return undefined;
  return { float: valuesOf(name).data as Float32Array, integer: biasValues(bias) };
}

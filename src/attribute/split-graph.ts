import { type IntegerLayer, integerLayers } from '../emulate/arithmetic.ts';
import { integerBias } from '../emulate/bias.ts';
import { importContrib } from '../emulate/emulate.ts';
import type { Parameters } from '../emulate/parameters.ts';
import type { Plan } from '../emulate/plan.ts';
import type { ModelProto } from '../onnx/gen/onnx_pb.ts';
import { editableCopy, viewGraph } from '../onnx/graph.ts';
import { readTensor } from '../onnx/tensors.ts';
import type { LoadedModel } from '../runtime/simplify.ts';
import { editGraph, type GraphEdit } from './graph-edit.ts';
import { type LayerContext, layerTerms, type Terms } from './split-layer.ts';
import { type SplitTensor, tensorSplitter } from './split-tensors.ts';
import type { Unit } from './units.ts';

export const steps = ['weightRound', 'weightClip', 'activationRound', 'activationClip', 'output'] as const;
export type Step = (typeof steps)[number];

/** The outputs of a split graph that belong to a unit: scalars. */
export interface UnitSums {
  /** ‖y‖² of its FP32 output. */
  readonly signal: string;
  /** ⟨step, e⟩ of the steps that it has. */
  readonly products: ReadonlyMap<Step, string>;
  /** Shares of clipped values of what it reads. */
  readonly clipRates: readonly string[];
}

/**
 * The FP32 model whose outputs are the sums that the local errors of `units` are made of. Only they leave the runtime.
 * Units whose output is no float32 tensor have none.
 */
export function splitModel(
  model: LoadedModel,
  plan: Plan,
  parameters: Parameters,
  units: readonly Unit[],
): { readonly model: ModelProto; readonly sums: ReadonlyMap<string, UnitSums> } {
  const copy = editableCopy(model.model);
  importContrib(copy);
  copy.graph.output = [];
  const edit = editGraph(copy.graph);
  const view = viewGraph(model.model);
  const splitOf = tensorSplitter(parameters, edit, model.opset);
  const integers = new Map<string, IntegerLayer>(
    integerLayers(model, plan, parameters, view).map((each) => [each.layer.name, each]),
  );
  const valuesOf = (name: string) => readTensor(view.initializers.get(name)!, model.where);
  const sums = new Map<string, UnitSums>();
  for (const unit of units) {
    const output = unit.node?.output[0] ?? unit.reads[0].tensor;
    if (model.tensors.get(output)?.type !== 'float32') continue;
    const { layer } = unit;
    const context: LayerContext | undefined = layer && {
      model,
      parameters,
      edit,
      splitOf,
      valuesOf,
      bias: integerBias(model, layer, parameters),
      integer: integers.get(layer.name),
    };
    const terms = context === undefined ? otherTerms(unit, edit, splitOf) : layerTerms(unit, context);
    const rates = unit.reads.flatMap(({ tensor }) => splitOf(tensor)?.clipRate ?? []);
    sums.set(unit.name, sumsOf(unit.name, output, terms, [...new Set(rates)], edit));
  }
  return { model: copy, sums };
}

/** Operators that are not linear are applied to the real, the clipped and the rounded inputs. */
function otherTerms(
  { name, node, reads }: Unit,
  edit: GraphEdit,
  splitOf: (tensor: string) => SplitTensor | undefined,
): Terms {
  const empty = { weightRound: [], weightClip: [], output: [] };
  if (node === undefined) {
    const split = splitOf(reads[0].tensor)!;
    return { ...empty, activationRound: [split.roundError], activationClip: [split.clipError] };
  }
  const reading = (form: 'clipped' | 'rounded') =>
    edit.copy(
      node,
      node.input.map((input, i) => (reads.some((r) => r.input === i) ? splitOf(input)![form] : input)),
      `split/unit/${name}/${form}`,
    );
  const [clipped, rounded] = [reading('clipped'), reading('rounded')];
  return {
    ...empty,
    activationClip: [edit.node('Sub', [clipped, node.output[0]], `split/unit/${name}/clip-error`)],
    activationRound: [edit.node('Sub', [rounded, clipped], `split/unit/${name}/round-error`)],
  };
}

function sumsOf(
  unit: string,
  output: string,
  terms: Terms,
  clipRates: readonly string[],
  edit: GraphEdit,
): UnitSums {
  const name = (part: string) => `split/unit/${unit}/${part}`;
  const total = (inputs: readonly string[], part: string) =>
    // Sum does not broadcast in old opsets, Add does.
    inputs.reduce((sum, next, i) => edit.node('Add', [sum, next], name(`${part}-${i}`)));
  const present = steps.filter((step) => terms[step].length > 0);
  const tensors = new Map(present.map((step) => [step, total(terms[step], step)]));
  const products = new Map<Step, string>();
  if (present.length > 0) {
    const error = total([...tensors.values()], 'error');
    for (const [step, tensor] of tensors) {
      const product = edit.node('Mul', [tensor, error], name(`${step}/product`));
      products.set(step, sumOf(product, name(`${step}/sum`), edit));
    }
  }
  const square = edit.node('Mul', [output, output], name('square'));
  return { signal: sumOf(square, name('signal'), edit), products, clipRates };
}

/** The sum of all values: an output of one element. */
function sumOf(tensor: string, to: string, edit: GraphEdit): string {
  edit.output(edit.node('ReduceSum', [tensor], to));
  return to;
}

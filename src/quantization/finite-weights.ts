import { allFinite } from '../data/convert.ts';
import { UserError } from '../errors.ts';
import type { TensorProto } from '../onnx/gen/onnx_pb.ts';
import type { GraphView } from '../onnx/graph.ts';
import { elementTypeOf, readTensor } from '../onnx/tensors.ts';
import type { Planned } from './planned.ts';

/** @throws UserError naming a weight or bias of a layer that holds NaN or an infinity, under the user's name */
export function checkFiniteWeights({ model, plan }: Pick<Planned, 'model' | 'plan'>): void {
  const { where, view, weightNames } = model;
  for (const { name: layer, weight, bias } of plan.layers) {
    for (const constant of [weight, bias]) {
      const tensor = constant && view.initializers.get(constant.name);
      if (tensor === undefined || holdsNumbers(tensor, where)) continue;
      const name = weightNames.get(tensor.name) ?? tensor.name;
      throw new UserError(
        `${where}: weight "${name}" of layer "${layer}" holds NaN or an infinity: the training diverged`,
      );
    }
  }
}

/**
 * The constant that makes a tensor NaN or infinite, where there is one between it and tensors that are finite.
 *
 * @param finite whether a tensor is known to be finite: what it is made of is not looked at
 */
export function nonFiniteConstant(
  view: GraphView,
  tensor: string,
  finite: (tensor: string) => boolean,
  where: string,
): string | undefined {
  const seen = new Set<string>();
  const waiting = [tensor];
  for (const name of waiting) {
    const constant = view.initializers.get(name);
    if (constant !== undefined && !holdsNumbers(constant, where)) return name;
    for (const input of view.producers.get(name)?.input ?? []) {
      if (seen.has(input) || finite(input)) continue;
      seen.add(input);
      waiting.push(input);
    }
  }
  return undefined;
}

function holdsNumbers(tensor: TensorProto, where: string): boolean {
  return elementTypeOf(tensor.dataType) === undefined || allFinite(readTensor(tensor, where));
}

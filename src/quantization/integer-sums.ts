import { type HtpSum, htpSum } from '../numerics/htp.ts';
import type { NodeProto } from '../onnx/gen/onnx_pb.ts';
import { type GraphView, isStandard } from '../onnx/graph.ts';
import { htpGenerationOf } from '../targets/htp-generation.ts';
import { endOf, type OntoGrid } from './fused-end.ts';
import type { Parametrized } from './parameters.ts';

/** An Add or Sub that the target computes with the codes of both tensors. */
export interface IntegerSum extends OntoGrid, HtpSum {
  readonly node: NodeProto;
}

const SIGNS: ReadonlyMap<string, 1 | -1> = new Map([
  ['Add', 1],
  ['Sub', -1],
]);

/**
 * The sums and differences of two 8-bit tensors, where the target is known to do them otherwise than in real numbers. Those
 * with a single number are tables of the nearest codes.
 */
export function integerSums(given: Parametrized): IntegerSum[] {
  const { model, scheme, parameters, plan } = given;
  if (htpGenerationOf(scheme.target) === undefined) return [];
  return model.view.graph.node.flatMap((node) => {
    const sign = isStandard(node) ? SIGNS.get(node.opType) : undefined;
    if (sign === undefined || node.input.some((name) => isSingleNumber(name, model.view))) return [];
    const inputs = node.input.map((name) => parameters.grids.get(name));
    const reads = (input: number) =>
      plan.activations.get(node.input[input])?.some((use) => use.node === node && use.input === input) ??
      true;
    const end = endOf(node.output[0], given);
    const [a, b] = inputs;
    if (a === undefined || b === undefined || end === undefined || !reads(0) || !reads(1)) return [];
    const { params, ...ontoGrid } = end;
    if ([a, b, params].some(({ grid }) => grid.bits !== 8)) return [];
    return [{ node, ...ontoGrid, ...htpSum(a, b, params, sign) }];
  });
}

function isSingleNumber(name: string, { initializers }: GraphView): boolean {
  return initializers.get(name)?.dims.every((size) => size === 1n) ?? false;
}

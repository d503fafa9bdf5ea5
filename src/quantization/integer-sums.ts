import { type HtpSum, htpSum } from '../numerics/htp.ts';
import type { NodeProto } from '../onnx/gen/onnx_pb.ts';
import { isStandard } from '../onnx/graph.ts';
import { htpGenerationOf } from '../targets/htp-generation.ts';
import { endOf, type OntoGrid } from './fused-end.ts';
import type { Parametrized } from './parameters.ts';

/** An Add that the target computes with the codes of both tensors. */
export interface IntegerSum extends OntoGrid, HtpSum {
  readonly node: NodeProto;
}

/** The additions of two 8-bit activations, where the target is known to do them otherwise than in real numbers. */
export function integerSums(given: Parametrized): IntegerSum[] {
  const { model, scheme, parameters, plan } = given;
  if (htpGenerationOf(scheme.target) === undefined) return [];
  return model.view.graph.node.flatMap((node) => {
    if (node.opType !== 'Add' || !isStandard(node)) return [];
    const inputs = node.input.map((name) => parameters.grids.get(name));
    const reads = (input: number) =>
      plan.activations.get(node.input[input])?.some((use) => use.node === node && use.input === input) ??
      true;
    const end = endOf(node.output[0], given);
    const [a, b] = inputs;
    if (a === undefined || b === undefined || end === undefined || !reads(0) || !reads(1)) return [];
    const { params, ...ontoGrid } = end;
    if ([a, b, params].some(({ grid }) => grid.bits !== 8)) return [];
    return [{ node, ...ontoGrid, ...htpSum(a, b, params) }];
  });
}

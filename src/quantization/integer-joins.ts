import { type HtpRegrid, htpRegrid } from '../numerics/htp.ts';
import type { NodeProto } from '../onnx/gen/onnx_pb.ts';
import { isStandard } from '../onnx/graph.ts';
import { htpGenerationOf } from '../targets/htp-generation.ts';
import type { Parametrized } from './parameters.ts';

/** A Concat whose inputs the target puts onto its grid code by code. */
export interface IntegerJoin {
  readonly node: NodeProto;
  /** By input. */
  readonly regrids: readonly HtpRegrid[];
}

/** The joins of 8-bit tensors that are on several grids, where the target is known to do otherwise than in real numbers. */
export function integerJoins({ model, scheme, parameters, plan }: Parametrized): IntegerJoin[] {
  if (htpGenerationOf(scheme.target) === undefined) return [];
  return model.view.graph.node.flatMap((node) => {
    const [output] = node.output;
    const made = parameters.activations.get(output);
    if (node.opType !== 'Concat' || !isStandard(node) || made === undefined) return [];
    const regrids: HtpRegrid[] = [];
    for (const [input, name] of node.input.entries()) {
      const read = parameters.grids.get(name);
      const isRead =
        plan.activations.get(name)?.some((use) => use.node === node && use.input === input) ?? true;
      if (read === undefined || !isRead || read.grid.bits !== 8) return [];
      regrids.push(htpRegrid(read, made));
    }
    const isJoined = made.grid.bits === 8 && !model.view.captured.has(output);
    return isJoined && regrids.some(({ factor }) => factor !== 1) ? [{ node, regrids }] : [];
  });
}

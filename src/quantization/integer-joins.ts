import { type HtpRegrid, htpRegrid } from '../numerics/htp.ts';
import type { NodeProto } from '../onnx/gen/onnx_pb.ts';
import { isStandard } from '../onnx/graph.ts';
import { isMoving, movedTo } from '../onnx/moving.ts';
import { htpGenerationOf } from '../targets/htp-generation.ts';
import type { ActivationParameters } from './on-grid.ts';
import type { Parametrized } from './parameters.ts';

/** A Concat whose inputs the target puts onto its grid code by code. */
export interface IntegerJoin {
  readonly node: NodeProto;
  /** By input. */
  readonly regrids: readonly HtpRegrid[];
}

/** The grids that a Concat reads and makes. */
interface Joined {
  readonly reads: readonly ActivationParameters[];
  readonly makes: ActivationParameters;
}

/** The joins of 8-bit tensors that are on several grids, where the target is known to do otherwise than in real numbers. */
export function integerJoins(given: Parametrized): IntegerJoin[] {
  const { model, scheme } = given;
  if (htpGenerationOf(scheme.target) === undefined) return [];
  const found = new Map<NodeProto, Joined>();
  for (const node of model.view.graph.node) {
    const joined = joinedBy(node, given);
    if (joined?.reads.some(({ scale }) => scale !== joined.makes.scale)) found.set(node, joined);
  }
  return [...found].map(([node, { reads, makes }]) => {
    const isFirst = isJoinedAgain(node.output[0], found, given);
    return { node, regrids: reads.map((read) => htpRegrid(read, makes, isFirst)) };
  });
}

function joinedBy(node: NodeProto, { model, parameters, plan }: Parametrized): Joined | undefined {
  const [output] = node.output;
  const makes = parameters.activations.get(output);
  if (node.opType !== 'Concat' || !isStandard(node) || makes?.grid.bits !== 8) return undefined;
  const reads = node.input.flatMap((name, input) => {
    const grid = parameters.grids.get(name);
    const isRead =
      plan.activations.get(name)?.some((use) => use.node === node && use.input === input) ?? true;
    return grid?.grid.bits === 8 && isRead ? [grid] : [];
  });
  return reads.length === node.input.length && !model.view.captured.has(output)
    ? { reads, makes }
    : undefined;
}

/** Whether a Concat puts a tensor, or what is moved of it, onto a grid of its own. */
function isJoinedAgain(name: string, found: ReadonlyMap<NodeProto, Joined>, given: Parametrized): boolean {
  const uses = given.model.view.uses.get(name) ?? [];
  return uses.some(({ node, input }) => {
    const joined = found.get(node);
    if (joined !== undefined) return joined.reads[input].scale !== joined.makes.scale;
    const isMoved = isMoving(node) && node.opType !== 'MaxPool';
    return isMoved && movedTo(node).some((moved) => isJoinedAgain(moved, found, given));
  });
}

import type { CodeDifferences } from './code-differences.ts';
import { sqnrOf } from './signal-to-noise.ts';

/** A tensor of the graph, as the emulation has it beside what was measured. */
export interface ComparedTensor {
  /** The operator that makes it. */
  readonly layer: string;
  readonly tensor: string;
  /** Share of its codes that are the same. */
  readonly equalShare: number;
  /** In steps of its grid. */
  readonly largestStep: number;
  /** Null where nothing differs. */
  readonly sqnrDb: number | null;
}

/** Where a graph begins to differ, and where it differs most. */
export interface LayerDifferences {
  /** In the order of the graph. */
  readonly along: readonly ComparedTensor[];
  /** The first that differs in any code; null if none does. */
  readonly first: ComparedTensor | null;
  /** The one with the least SQNR: what differs before it is in it. */
  readonly worst: ComparedTensor | null;
}

/** @param tensors in the order of the graph; those of which nothing was seen are passed over */
export function layerDifferences(
  tensors: readonly { readonly layer: string; readonly tensor: string; readonly seen: CodeDifferences }[],
): LayerDifferences {
  const along = tensors
    .filter(({ seen }) => seen.codes > 0)
    .map(({ layer, tensor, seen }): ComparedTensor => {
      const equalShare = 1 - seen.differing / seen.codes;
      return { layer, tensor, equalShare, largestStep: seen.largestStep, sqnrDb: sqnrOf(seen) };
    });
  const differing = along.filter(({ sqnrDb }) => sqnrDb !== null);
  const worst = differing.reduce<ComparedTensor | null>(
    (least, each) => (least === null || each.sqnrDb! < least.sqnrDb! ? each : least),
    null,
  );
  return { along, first: differing[0] ?? null, worst };
}

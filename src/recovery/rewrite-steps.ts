import type { RepairStep } from '../config/repair-steps.ts';
import type { Batch } from '../data/batch.ts';
import { type LoadedModel, rankOfTensor } from '../runtime/load-model.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { absorbed } from './absorb-bias.ts';
import { channelExtremes } from './channel-extremes.ts';
import { equalizablePairs } from './equalizable.ts';
import { equalized } from './equalize.ts';
import type { Rewritten } from './rewritten.ts';
import { smoothable, smoothed } from './smooth.ts';
import { withBiases } from './zero-bias.ts';

/** What a rewriting step may look at beside the model. */
interface Beside {
  /** Tensors whose range is fixed by hand: what they hold stays as it is. */
  readonly pinned: ReadonlySet<string>;
  /** The model with the shapes of a sample: its own may be open. */
  readonly shaped: LoadedModel;
  readonly batches: readonly Batch[];
  readonly runtime: Runtime;
}

/**
 * The steps of a recipe that rewrite a model without changing what it computes, in the only order in which they make
 * sense: channels are equalized before what is left between them is absorbed, and every layer has a bias of its own before
 * one is corrected.
 *
 * @returns also the steps that found something to do
 */
export async function rewrittenBySteps(
  model: LoadedModel,
  steps: readonly RepairStep[],
  beside: Beside,
): Promise<Rewritten & { readonly taken: readonly RepairStep[] }> {
  let all: Rewritten = { model, changed: new Set(), tied: [] };
  const taken: RepairStep[] = [];
  const take = (step: RepairStep, next: Rewritten | undefined) => {
    if (next === undefined) return;
    taken.push(step);
    all = {
      model: next.model,
      changed: new Set([...all.changed, ...next.changed]),
      tied: [...all.tied, ...next.tied],
    };
  };
  if (steps.includes('equalize')) take('equalize', equalized(all.model, beside.pinned));
  if (steps.includes('smooth')) take('smooth', await smoothedBy(all.model, beside));
  if (steps.includes('absorb-bias')) take('absorb-bias', await absorbedBy(all.model, beside));
  const hasBiases = steps.includes('correct-bias');
  return { ...all, model: hasBiases ? withBiases(all.model) : all.model, taken };
}

async function smoothedBy(model: LoadedModel, { pinned, shaped, batches, runtime }: Beside) {
  const tensors = smoothable(model, pinned);
  const extremes = await channelExtremes(
    model,
    tensors.flatMap((tensor) => {
      const rank = rankOfTensor(model, tensor) ?? rankOfTensor(shaped, tensor);
      return rank === undefined ? [] : [{ tensor, rank, axis: rank - 1 }];
    }),
    batches,
    runtime,
  );
  const magnitudes = [...extremes].map(([name, { least, greatest }]) => {
    return [name, greatest.map((value, i) => Math.max(Math.abs(value), Math.abs(least[i])))] as const;
  });
  return smoothed(model, new Map(magnitudes));
}

/** c of a channel is the least value that it takes, so that nothing is clipped that calibration has seen. */
async function absorbedBy(model: LoadedModel, { pinned, shaped, batches, runtime }: Beside) {
  const tensors = equalizablePairs(model, pinned).flatMap(({ first, tensors }) => {
    const tensor = tensors.at(-1)!;
    const rank = rankOfTensor(model, tensor) ?? rankOfTensor(shaped, tensor);
    const isConvolution = first.node.opType.startsWith('Conv');
    return rank === undefined ? [] : [{ tensor, rank, axis: isConvolution ? 1 : rank - 1 }];
  });
  const extremes = await channelExtremes(model, tensors, batches, runtime);
  return absorbed(model, new Map([...extremes].map(([name, { least }]) => [name, least])), pinned);
}

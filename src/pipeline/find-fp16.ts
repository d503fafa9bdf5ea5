import type { Batch } from '../data/batch.ts';
import { runBatches } from '../data/run-batches.ts';
import { countBeyond } from '../emulation/fp16-watch.ts';
import { OVERFLOW_FLOAT16 } from '../numerics/float16.ts';
import { openModel } from '../runtime/open-model.ts';
import { compare } from '../verdict/comparison.ts';
import { type Judgement, judge } from '../verdict/verdict.ts';
import type { Attributed } from './attribute.ts';
import { evaluateSideBySide } from './evaluate.ts';
import type { Evidence } from './evidence.ts';
import { emulationOf, type TargetResult } from './judge.ts';
import type { Context, Prepared } from './prepare.ts';
import { booked } from './progress.ts';

/** A tensor whose values FP16 cannot hold. */
export interface Fp16Overflow {
  readonly tensor: string;
  /** The operator that makes it. */
  readonly layer: string;
  readonly op: string;
  /** The largest magnitude on the evaluation samples; infinite where it was so before it was rounded. */
  readonly largest: number;
  /** Of its values on the probe samples, those that become infinite; undefined where none of them was seen, or counted. */
  readonly share: number | undefined;
}

/** What FP16 does to a target that computes in it what is not integer. */
export interface Fp16Finding {
  /** Output NSR of it alone on the probe samples; undefined where that could not be measured. */
  readonly nsr: number | undefined;
  /** In the order of the graph. */
  readonly overflows: readonly Fp16Overflow[];
  /** The same target with what is not integer in float32; measured where FP16 is to blame for something and the target does not pass. */
  readonly inFp32: Pick<Judgement, 'quantized' | 'drop' | 'verdict'> | undefined;
}

/** From this share of the output noise on, FP16 is worth a measurement of the target without it. */
const MUCH = 0.1;

/** Overflowing tensors whose values are counted. */
const COUNTED = 64;

/** Part of the output noise that is not the integers', 0 to 1. */
export function fp16Share(fp16Nsr: number, fullNsr: number): number {
  return fp16Nsr === Infinity ? 1 : fp16Nsr === 0 ? 0 : fp16Nsr / (fp16Nsr + fullNsr);
}

/** Whether a target that does not pass passes with what is not integer in float32: no other change has to be sought. */
export function isMendedByFp32({
  result,
  fp16,
}: {
  readonly result: TargetResult;
  readonly fp16?: Fp16Finding | undefined;
}): boolean {
  return result.judgement.verdict !== 'pass' && fp16?.inFp32?.verdict === 'pass';
}

/** Finds out what FP16 costs a target; undefined for one that computes in float32. */
export async function findFp16(
  prepared: Prepared,
  { candidate, judgement, largest }: TargetResult,
  { attributed, evidence }: { readonly attributed: Attributed; readonly evidence: Evidence },
  context: Context,
): Promise<Fp16Finding | undefined> {
  const { quantized, emulation } = candidate;
  if (quantized.scheme.float !== 'fp16') return undefined;
  const { fullNsr, fp16Nsr: nsr } = 'units' in attributed ? attributed : { fullNsr: 0, fp16Nsr: undefined };
  const found = overflowsOf(emulation.fp16?.tensors ?? [], largest, nsr === Infinity);
  const share = nsr === undefined ? 0 : fp16Share(nsr, fullNsr);
  if (found.length === 0 && (share < MUCH || judgement.verdict === 'pass'))
    return { nsr, overflows: [], inFp32: undefined };
  const shares = await booked(`${prepared.config.name}/${candidate.config.id}/fp16`, context, () =>
    sharesBeyond(candidate, found, evidence.probes.batches, context),
  );
  return {
    nsr,
    overflows: found.map((each) => ({ ...each, share: shares.get(each.tensor) })),
    inFp32: judgement.verdict === 'pass' ? undefined : await inFp32(prepared, candidate, evidence, context),
  };
}

type Watched = NonNullable<TargetResult['candidate']['emulation']['fp16']>['tensors'];

/** Infinite tensors follow from others as a rule, and some models have them: they count where nothing else explains the outputs. */
function overflowsOf(
  tensors: Watched,
  largest: TargetResult['largest'],
  isInfinite: boolean,
): Omit<Fp16Overflow, 'share'>[] {
  const beyond = tensors.flatMap(({ name, layer, op }) => {
    const most = largest.get(name) ?? 0;
    return most < OVERFLOW_FLOAT16 ? [] : [{ tensor: name, layer, op, largest: most }];
  });
  const finite = beyond.filter(({ largest: most }) => most < Infinity);
  return finite.length > 0 || !isInfinite ? finite : beyond.slice(0, 1);
}

/** By tensor, the part of its values on the probe samples that become infinite; none where that is none of them. */
async function sharesBeyond(
  { emulation, quantized }: TargetResult['candidate'],
  found: readonly { readonly tensor: string }[],
  probes: readonly Batch[],
  { runtime }: Pick<Context, 'runtime'>,
): Promise<Map<string, number>> {
  const { fp16 } = emulation;
  const tensors = found.slice(0, COUNTED).map(({ tensor }) => tensor);
  if (fp16 === undefined || tensors.length === 0) return new Map();
  const { model, counts } = countBeyond({ ...emulation, fp16 }, quantized.model.opset, tensors);
  const session = await openModel(model, { optimize: emulation.optimize }, runtime);
  try {
    const sums = counts.map(() => ({ beyond: 0, all: 0 }));
    for await (const { results } of runBatches(session, probes))
      for (const [i, { beyond, all }] of counts.entries()) {
        sums[i].beyond += Number(results[beyond].data[0]);
        sums[i].all += Number(results[all].data[0]);
      }
    return new Map(
      tensors.flatMap((tensor, i) =>
        sums[i].beyond > 0 ? [[tensor, sums[i].beyond / sums[i].all] as const] : [],
      ),
    );
  } finally {
    await session.close();
  }
}

/** The target with what is not integer in float32, evaluated. */
async function inFp32(
  prepared: Prepared,
  { config: { id }, quantized }: TargetResult['candidate'],
  { fp32 }: Evidence,
  context: Context,
): Promise<Fp16Finding['inFp32']> {
  const { metric, maxDrop, config } = prepared;
  const contestant = emulationOf(`${id}/fp32`, {
    ...quantized,
    scheme: { ...quantized.scheme, float: 'fp32' },
  });
  const contest = { contestants: [contestant], references: fp32.references };
  const { evaluations } = await evaluateSideBySide(prepared, contest, context);
  const scores = evaluations.get(contestant.name)?.scores;
  if (scores === undefined) return undefined;
  const { confidence } = config.budget;
  const budget = { maxDrop, confidence };
  const { verdict } = judge({ metric, fp32Scores: fp32.scores, quantizedScores: scores, budget });
  const { quantized: value, drop } = compare(metric, fp32.scores, scores, confidence);
  return { quantized: value, drop, verdict };
}

import { allOf } from '../../data/ahead.ts';
import type { Batch } from '../../data/batch.ts';
import { runBatches } from '../../data/run-batches.ts';
import { UserError } from '../../errors.ts';
import type { Tensor } from '../../numerics/tensor.ts';
import type { Quantized } from '../../quantization/quantized.ts';
import type { Unit } from '../../quantization/units.ts';
import { openModel } from '../../runtime/open-model.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { operationsKey } from '../alike.ts';
import type { LocalError, Shares } from '../attribution.ts';
import { samplesOf } from '../impact/switched-session.ts';
import { inHalves } from '../in-halves.ts';
import type { Shared } from '../measurements.ts';
import { readSum, realRows, type Sum } from './inner-products.ts';
import { type SplitGraph, type SplitReading, splitGraph } from './split-graph.ts';
import { type Step, steps } from './steps.ts';

/** Sums over the probe samples. */
interface Sums {
  /** ⟨step, e⟩ in the order of `steps`; together ‖e‖². */
  readonly noise: number[];
  signal: number;
  clipped: number;
  values: number;
}

interface LocalOptions {
  readonly runtime: Runtime;
  /** What was measured of the same model on the same probes, which is added to; nothing if left out. */
  readonly shared?: Shared | undefined;
  /** Groups that are measured side by side. */
  readonly atOnce?: number;
}

/**
 * What each unit does to its own output when it quantizes FP32 inputs, and which of its steps is to blame. The steps
 * are taken inside the graph, in float32 on any provider; only sums leave it.
 *
 * @param groups of units whose errors are taken in one session
 * @returns by the name of the unit; infinite for one whose quantized values decide how long its output is
 * @throws UserError when the FP32 model makes NaN or an infinity of a probe sample
 */
export async function localErrors(
  quantized: Quantized,
  groups: readonly (readonly Unit[])[],
  probes: readonly Batch[],
  { runtime, shared, atOnce = 1 }: LocalOptions,
): Promise<Map<string, LocalError>> {
  const errors = new Map<string, LocalError>();
  const known = shared?.(quantized.model).local;
  const measure = async (group: readonly Unit[]) => {
    let graph = splitGraph(group, quantized);
    const keys = known === undefined ? new Map<Unit, string>() : keysOf(graph, samplesOf(probes));
    const left = group.filter((unit) => {
      const error = known?.get(keys.get(unit)!);
      if (error !== undefined) errors.set(unit.name, error);
      return error === undefined;
    });
    if (left.length === 0) return;
    if (left.length < group.length) graph = splitGraph(left, quantized);
    const sums = new Map(
      left.map((unit) => [unit, { noise: steps.map(() => 0), signal: 0, clipped: 0, values: 0 }]),
    );
    const session = await openModel(graph.model, { optimize: 'float' }, runtime);
    try {
      for await (const { batch, results } of runBatches(session, probes))
        for (const [unit, reading] of graph.readings) {
          addSums(sums.get(unit)!, reading, results, batch);
          if (!Number.isFinite(sums.get(unit)!.signal)) {
            const samples = batch.indices.join(', ');
            throw new UserError(
              `${quantized.model.where}: "${unit.name}" reads or makes NaN or an infinity on probe sample ${samples}: check this sample, or the model's range in float32`,
            );
          }
        }
    } finally {
      await session.close();
    }
    for (const unit of left) {
      const error = localError(sums.get(unit)!);
      errors.set(unit.name, error);
      known?.set(keys.get(unit)!, error);
    }
  };
  const unmeasured = ({ name }: Unit) => {
    errors.set(name, { nsr: Infinity, shares: undefined, clipRate: 0 });
  };
  await allOf(groups, (group) => inHalves(group, measure, unmeasured), atOnce);
  return errors;
}

/** What is measured of each unit, on so many probe samples. */
function keysOf({ readings, operationsOf }: SplitGraph, samples: number): Map<Unit, string> {
  return new Map(
    [...readings.keys()].map((unit) => [unit, `${operationsKey(operationsOf(unit))} on ${samples}`]),
  );
}

function addSums(
  sums: Sums,
  reading: SplitReading,
  results: Readonly<Record<string, Tensor>>,
  batch: Batch,
): void {
  const read = (sum: Sum) => readSum(sum, results, batch);
  for (const [step, sum] of reading.steps) sums.noise[steps.indexOf(step)] += read(sum);
  sums.signal += read(reading.signal);
  for (const { clipCount, size } of reading.clips) {
    sums.clipped += read(clipCount);
    const rows = results[clipCount.rows].data.length;
    sums.values += (Number(results[size].data[0]) * realRows(rows, batch)) / Math.max(rows, 1);
  }
}

function localError({ noise, signal, clipped, values }: Sums): LocalError {
  const total = noise.reduce((sum, part) => sum + part, 0);
  const clipRate = values > 0 ? clipped / values : 0;
  // A divisor that is quantized to zero, and the like.
  if (!Number.isFinite(total)) return { nsr: Infinity, shares: undefined, clipRate };
  if (total <= 0) return { nsr: 0, shares: undefined, clipRate };
  const share = (step: Step) => noise[steps.indexOf(step)] / total;
  const shares: Shares = {
    weightRound: share('weightRound'),
    weightClip: share('weightClip'),
    activationRound: share('activationRound'),
    activationClip: share('activationClip'),
    output: share('output'),
  };
  return { nsr: total / signal, shares, clipRate };
}

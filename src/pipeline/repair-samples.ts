import type { Batch } from '../data/batch.ts';
import { batches } from '../data/batch.ts';
import type { Sample, SampleRange } from '../data/sample.ts';
import { UserError } from '../errors.ts';
import { frontierElements } from '../recovery/frontier.ts';
import type { RepairSamples } from '../recovery/repair.ts';
import { openSamples } from './open-samples.ts';
import type { Context, Prepared } from './prepare.ts';
import { sharesData } from './read-probes.ts';

/** More repair no better: 48 repair and 16 say whether that helps. */
const MOST = 64;

/** Memory for what is held between two layers, in elements of float32 (384 MiB), of FP32 and of the quantized model. */
const HELD_ELEMENTS = 2 ** 26 + 2 ** 25;
const TRACKS = 2;

/** Every fourth sample is kept apart. */
const APART = { every: 4, at: 1 };

/**
 * Reads the calibration samples that repair a model, spread over the calibration set: the same ones on every runner. No
 * evaluation sample ever repairs, not where it calibrates either. A model of which little fits into memory is repaired on
 * fewer.
 *
 * @throws UserError when fewer than 2 samples are left
 */
export async function readRepairSamples(prepared: Prepared, context: Context): Promise<RepairSamples> {
  const samples = await chosenSamples(prepared, context);
  if (samples.length < 2)
    throw new UserError(
      `${prepared.config.name}: a repair needs 2 calibration samples that are not evaluated, one that repairs and one that says whether it helps: give calibration some of its own`,
    );
  const isApart = (i: number) => i % APART.every === APART.at;
  return {
    repairing: await joined(
      prepared,
      samples.filter((_, i) => !isApart(i)),
    ),
    apart: await joined(
      prepared,
      samples.filter((_, i) => isApart(i)),
    ),
  };
}

async function chosenSamples(prepared: Prepared, { place, signal }: Context): Promise<Sample[]> {
  const { config, shaped } = prepared;
  const fitting = Math.floor(HELD_ELEMENTS / TRACKS / Math.max(frontierElements(shaped), 1));
  const most = Math.max(Math.min(MOST, fitting), APART.every);
  const whole = await openSamples(config.calibration, prepared, place);
  const found: Sample[] = [];
  try {
    const { length } = whole;
    const evaluated = evaluatedAmong(prepared);
    if (length === undefined) {
      for await (const sample of whole.samples(signal)) {
        if (!isWithin(sample.index, evaluated)) found.push(sample);
        if (found.length === most) break;
      }
      return found;
    }
    const [first] = config.calibration.range ?? [0];
    const indexOf = indicesBeside([first, first + length], evaluated);
    const count = Math.min(most, indexOf.count);
    for (let i = 0; i < count; i++) {
      const index = indexOf.at(Math.floor(((i + 0.5) * indexOf.count) / count));
      const one = await openSamples(config.calibration, prepared, place, [index, index + 1]);
      try {
        for await (const sample of one.samples(signal)) found.push(sample);
      } finally {
        await one.close();
      }
    }
    return found;
  } finally {
    await whole.close();
  }
}

/** Indices of calibration samples that are evaluated, too. */
function evaluatedAmong({ config, model }: Prepared): SampleRange {
  if (!sharesData(config, model)) return [0, 0];
  return config.evaluation.range ?? [0, Infinity];
}

function isWithin(index: number, [first, end]: SampleRange): boolean {
  return index >= first && index < end;
}

/** The indices of a range that are not in another one. */
function indicesBeside([first, end]: SampleRange, [from, to]: SampleRange) {
  const before = Math.max(Math.min(end, from) - first, 0);
  const behind = Math.max(first, Math.min(to, end), first + before);
  return {
    count: before + end - behind,
    at: (i: number) => (i < before ? first + i : behind + i - before),
  };
}

async function joined(
  { model, batchSize, batchElements }: Prepared,
  samples: readonly Sample[],
): Promise<Batch[]> {
  const stream = async function* () {
    yield* samples;
  };
  const found: Batch[] = [];
  for await (const batch of batches(stream(), batchSize, model.inputs, batchElements)) found.push(batch);
  return found;
}

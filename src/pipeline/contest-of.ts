import type { Baseline } from '../baseline/baseline.ts';
import type { Contest, Contestant } from './evaluate.ts';
import { fp32Contestant } from './find-baseline.ts';
import type { Candidate } from './judge.ts';
import type { Prepared } from './prepare.ts';

/** The models that an evaluation runs: FP32 too, unless a stored baseline holds its results. */
export function contestOf(
  prepared: Prepared,
  candidates: readonly Candidate[],
  stored: Baseline | undefined,
): Contest {
  const quantized = candidates.flatMap((candidate) => modelsOf(candidate, prepared));
  return stored === undefined
    ? { contestants: [fp32Contestant(prepared), ...quantized], references: [] }
    : { contestants: quantized, references: stored.references };
}

/** The samples that an emulation runs on beside integer kernels: these judge, it explains and is compared with them. */
const BESIDE_KERNELS = 64;

function modelsOf({ emulation, kernels }: Candidate, { metric }: Prepared): Contestant[] {
  if (kernels === undefined || !('name' in kernels)) return [emulation];
  // What it counts is of all samples, and a metric that is no mean may be undefined on a part of them.
  const needsAll = emulation.fp16 !== undefined || emulation.overflows.size > 0 || !metric.decomposable;
  return [needsAll ? emulation : { ...emulation, samples: BESIDE_KERNELS }, kernels];
}

/** Where kernels have failed, or not all samples are there, the emulation runs on those that there are. */
export function onAllSamples({ samples: _, ...contestant }: Contestant): Contestant {
  return contestant;
}

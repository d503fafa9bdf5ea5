import { fullNsr } from '../attribution/impact/impact.ts';
import type { PinnedRanges } from '../config/target-id.ts';
import { type RangeMethodName, rangeMethodNames, rangeMethods } from '../numerics/ranges/index.ts';
import { type Quantized, quantize } from '../quantization/quantized.ts';
import { rangeMethodOf } from '../quantization/scheme.ts';
import type { Evidence } from './evidence.ts';
import type { Context, Prepared } from './prepare.ts';

/** A target's model and the noise that it was measured to have. */
export interface AsJudged {
  readonly quantized: Quantized;
  readonly pins: PinnedRanges;
  /** Noise / signal power of the outputs of the probe samples with every unit quantized. */
  readonly outputNsr: number;
}

/** What a way to choose the ranges of all activations would leave as output noise. */
export interface MethodNoise {
  readonly range: RangeMethodName | 'file';
  /** Noise / signal power of the outputs of the probe samples. */
  readonly outputNsr: number;
  /** Whether it is the one that was used. */
  readonly isUsed: boolean;
}

const METHODS = rangeMethodNames.filter((name) => rangeMethods[name].fitsAll);

/**
 * The output noise that each way to choose ranges would leave, least first. It tells people which to set, and costs one
 * session and two runs over the probes for each but the one that was used.
 */
export async function compareRangeMethods(
  { readOutputs }: Prepared,
  {
    quantized,
    pins,
    outputNsr: usedNsr,
    calibration,
    probes,
  }: AsJudged & Pick<Evidence, 'calibration' | 'probes'>,
  { runtime, signal }: Context,
): Promise<readonly MethodNoise[]> {
  const { scheme } = quantized;
  const used = rangeMethodOf(scheme);
  const methods: MethodNoise[] = used === 'file' ? [{ range: used, outputNsr: usedNsr, isUsed: true }] : [];
  for (const range of METHODS) {
    signal.throwIfAborted();
    if (range === used) {
      methods.push({ range, outputNsr: usedNsr, isUsed: true });
      continue;
    }
    const other = quantize({ ...quantized, scheme: { ...scheme, range } }, calibration.histograms, pins);
    const outputNsr = await fullNsr(other, probes.batches, runtime, readOutputs);
    methods.push({ range, outputNsr, isUsed: false });
  }
  return methods.sort((a, b) => a.outputNsr - b.outputNsr);
}

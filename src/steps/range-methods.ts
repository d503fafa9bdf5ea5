import { fullNsr } from '../attribute/impact.ts';
import type { RangeMethodName } from '../numerics/ranges/index.ts';
import { chooseParameters } from '../quantization/parameters.ts';
import type { JudgedOn } from './advise.ts';
import type { Candidate } from './judge-target.ts';
import type { Context, Prepared } from './prepare.ts';

/** What a way to choose the ranges of all activations would leave as output noise. */
export interface MethodNoise {
  readonly range: RangeMethodName;
  /** Noise / signal power of the outputs of the probe samples. */
  readonly outputNsr: number;
  /** Whether it is the one that was used. */
  readonly isUsed: boolean;
}

/** The ways that fit every target; `enhanced` is SNPE's own. */
const METHODS: readonly RangeMethodName[] = ['min-max', 'percentile', 'kl', 'mse', 'aciq'];

/**
 * The output noise that each way to choose ranges would leave, least first. It tells people which to set, and costs one
 * session and two runs over the probes for each but the one that was used.
 *
 * @param usedNsr output noise / signal of the ranges that were used
 */
export async function compareRangeMethods(
  { model, config }: Prepared,
  { target: { plan, scheme, units } }: Candidate,
  { calibration: { histograms }, probes }: Pick<JudgedOn, 'calibration' | 'probes'>,
  usedNsr: number,
  { runtime, signal }: Context,
): Promise<readonly MethodNoise[]> {
  const pins = Object.fromEntries(config.ranges);
  const used = scheme.range === 'native' ? scheme.target.nativeRange : scheme.range;
  const methods: MethodNoise[] = [];
  for (const range of METHODS) {
    signal.throwIfAborted();
    if (range === used) {
      methods.push({ range, outputNsr: usedNsr, isUsed: true });
      continue;
    }
    const parameters = chooseParameters(model, plan, { ...scheme, range }, histograms, pins);
    const outputNsr = await fullNsr(model, plan, parameters, units, probes.batches, runtime);
    methods.push({ range, outputNsr, isUsed: false });
  }
  return methods.sort((a, b) => a.outputNsr - b.outputNsr);
}

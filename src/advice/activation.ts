import { quote } from '../errors.ts';
import { loneValues } from '../numerics/outliers.ts';
import type { ActivationBitUse } from '../quantization/bit-use.ts';
import type { Unit } from '../quantization/units.ts';
import { magnitude, rangeText, tinyShare } from '../words/ranges.ts';
import type { Advice, Findings } from './findings.ts';
import type { RangeChange } from './range-changes.ts';

/** Magnitudes from here on are constants that stand for minus infinity, not measured values. */
const LEAST_MASK = 1000;
/** e^−16 is 1e−7: masked as well as float32 can tell. */
const MASKED = 16;

/** From here on a better range is worth a word. */
const MANY_BITS_LOST = 0.5;

/** What to do about the error of what a unit reads, beyond the changes of ranges that are `kept`. */
export function adviceOnActivation(
  unit: Unit,
  share: 'activationRound' | 'activationClip',
  findings: Findings,
  kept: readonly RangeChange[],
): Advice | undefined {
  const tensor = blamed(unit, share, findings.activationBits);
  if (tensor === undefined || kept.some((change) => change.tensor === tensor)) return undefined;
  const use = findings.activationBits.get(tensor)!;
  if (share === 'activationClip') return adviceOnClipping(tensor, use, findings);
  return adviceOnMask(tensor, findings) ?? adviceOnRounding(tensor, use, findings);
}

/** The tensor that clips most of its values, or the noisiest. */
function blamed(
  { reads }: Unit,
  share: 'activationRound' | 'activationClip',
  bits: ReadonlyMap<string, ActivationBitUse>,
): string | undefined {
  const badness = (tensor: string) => {
    const use = bits.get(tensor)!;
    return share === 'activationClip' ? use.clipped : -use.effectiveBits;
  };
  const [worst] = reads
    .map(({ tensor }) => tensor)
    .filter((tensor) => bits.has(tensor))
    .sort((a, b) => badness(b) - badness(a));
  return worst;
}

function adviceOnClipping(
  tensor: string,
  { clipped, observed }: ActivationBitUse,
  { quantized, pins }: Findings,
): Advice {
  const range = `${quote(tensor)}, ${rangeText(pins.get(tensor) ?? quantized.parameters.activations.get(tensor)!)}`;
  const seen = `it clips ${tinyShare(clipped)} of the calibration values, which lie in ${rangeText(observed)}`;
  if (clipped === 0) {
    return pins.has(tensor)
      ? {
          action: 'widen-pin',
          sentence: `Widen the pinned range of ${range}: values beyond it came after calibration.`,
        }
      : {
          action: 'more-calibration-data',
          sentence: `Calibrate on more data: the range of ${range}, held every calibration sample, but not what came after.`,
        };
  }
  return pins.has(tensor)
    ? { action: 'widen-pin', sentence: `Widen the pinned range of ${range}: ${seen}.` }
    : {
        action: 'widen-range',
        sentence: `Widen the range of ${range}, or calibrate on more data: ${seen}.`,
      };
}

/** A mask constant is no measured value, and so can be replaced by a smaller one. */
function adviceOnMask(tensor: string, { histograms }: Findings): Advice | undefined {
  const lone = loneValues(histograms.get(tensor)!);
  if (lone === undefined || Math.abs(lone.extreme) < LEAST_MASK) return undefined;
  const { extreme, share, others } = lone;
  const reach = Math.abs(extreme < 0 ? others.beta : others.alpha);
  const enough = Math.sign(extreme) * Math.ceil(2 * reach + MASKED);
  return {
    action: 'replace-mask-constant',
    sentence:
      `Replace the constant ${magnitude(extreme)} that ${tinyShare(share)} of the values of ${quote(tensor)} hold, ` +
      `which leaves the others few steps; if it masks a Softmax, ${enough} masks as well.`,
  };
}

function adviceOnRounding(
  tensor: string,
  { effectiveBits, bitsLost }: ActivationBitUse,
  { quantized, histograms }: Findings,
): Advice {
  const { bits } = quantized.parameters.activations.get(tensor)!.grid;
  const { widest, floats } = quantized.scheme.target;
  const lone = loneValues(histograms.get(tensor)!);
  const why = lone
    ? `as ${tinyShare(lone.share)} of the values, up to ${magnitude(lone.extreme)}, set the range and matter too much to be clipped`
    : bitsLost < MANY_BITS_LOST
      ? 'and no range keeps many more of the calibration data'
      : `${bitsLost.toFixed(1)} are lost to its range`;
  const now = `${effectiveBits.toFixed(1)} of ${bits} bits of ${quote(tensor)} are effective, ${why}`;
  return bits < widest.activations
    ? {
        action: 'more-activation-bits',
        sentence: `Give the activations of this layer ${widest.activations} bits${floats ? ', or keep it in floating point' : ''}: ${now}.`,
      }
    : { action: 'keep-in-float', sentence: `Keep this layer in floating point: ${now}.` };
}

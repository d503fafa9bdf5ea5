import { quote } from '../errors.ts';
import { count } from '../words/counts.ts';
import { keptText, storedBits } from './blamed-tensor.ts';
import type { JudgedTarget } from './report-schema.ts';

/** A weight whose channels have one scale that suits few of them. */
export interface CrowdedWeight {
  readonly name: string;
  readonly channels: number;
  /** Bits that most channels keep, of `bits`. */
  readonly kept: number;
  readonly bits: number;
}

/** The weight whose channels keep the fewest bits, where that is less than half of them. */
export function crowdedWeight(target: JudgedTarget): CrowdedWeight | undefined {
  const weights = target.layers.flatMap((layer) =>
    layer.tensors.flatMap(({ name, kind, channelPrecision }): CrowdedWeight[] => {
      if (channelPrecision === undefined) return [];
      const { channels, medianBits } = channelPrecision;
      return [{ name, channels, kept: medianBits, bits: storedBits({ kind }, layer, target) }];
    }),
  );
  const [worst] = weights.toSorted((a, b) => a.kept / a.bits - b.kept / b.bits);
  return worst !== undefined && worst.kept < worst.bits / 2 ? worst : undefined;
}

/** The end of a sentence that says which weight it is; empty where there is none. */
export function crowdedWords(target: JudgedTarget): string {
  const weight = crowdedWeight(target);
  if (weight === undefined) return '';
  const { name, channels, kept, bits } = weight;
  return `; one scale serves all ${count(channels)} channels of ${quote(name)}, of which most keep ${keptText(kept, bits)} bits`;
}

/** Output NSR for each unit of NSR at a unit's own output, by the kind of noise. */
export interface NoiseGain {
  /** Noise that is one constant for each channel, as a bias error is. */
  readonly constant: number;
  /** Noise without a pattern, as rounding nearly is. */
  readonly white: number;
}

/** By the unit's name: plain JSON, to be kept with a baseline. */
export type NoiseGains = Readonly<Record<string, NoiseGain>>;

/**
 * The noise gains of a baseline, where they were measured at these tensors: noise of a head that the metric does not read
 * says nothing about the one that it reads.
 */
export function noiseGainsAt(
  {
    noiseGains,
    noiseGainsAt: at,
  }: { readonly noiseGains?: NoiseGains; readonly noiseGainsAt?: readonly string[] },
  measured: readonly string[],
): NoiseGains | undefined {
  const isSame = at?.length === measured.length && at.every((name) => measured.includes(name));
  return isSame ? noiseGains : undefined;
}

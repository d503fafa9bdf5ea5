/** Output NSR for each unit of NSR at a unit's own output, by the kind of noise. */
export interface NoiseGain {
  /** Noise that is one constant for each channel, as a bias error is. */
  readonly constant: number;
  /** Noise without a pattern, as rounding nearly is. */
  readonly white: number;
}

/** By the unit's name: plain JSON, to be kept with a baseline. */
export type NoiseGains = Readonly<Record<string, NoiseGain>>;

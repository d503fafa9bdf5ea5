/** Shares of a unit's local error e = Q(x) − y that its steps are to blame for: ⟨step, e⟩ / ‖e‖². They add to 1. */
export interface Shares {
  readonly weightRound: number;
  readonly weightClip: number;
  readonly activationRound: number;
  readonly activationClip: number;
  /** The arithmetic behind the products: integer bias, overflow, rescale. */
  readonly output: number;
}

/** What a unit does to its own output when it reads FP32 inputs, summed over the probe samples. */
export interface LocalError {
  /** Noise power / signal power of its output; 0 without noise, Infinity for noise on no signal and for an output that is not finite. */
  readonly nsr: number;
  /** Undefined where there is no error to share. */
  readonly shares: Shares | undefined;
  /** Share of the input values that are clipped. */
  readonly clipRate: number;
}

/** What a unit alone does to the outputs that the metric reads. */
export interface Impact {
  /** Noise power / signal power of them with only this unit quantized, pooled over probe samples. */
  readonly nsr: number;
  /** The largest part of the noise that one probe sample has, 1 / samples to 1. */
  readonly worstSample: number;
  /** Probe samples that it was measured on: fewer where it was found to cost little. */
  readonly samples: number;
}

/** One unit, and what it does to its own output. */
export interface LocalUnit {
  readonly name: string;
  readonly op: string;
  readonly local: LocalError;
}

/** One unit, and what is found out about it inside the model. */
export interface ObservedUnit extends LocalUnit {
  /** Quantized activations that it reads. */
  readonly reads: readonly string[];
  /** Noise power / signal power of its output in the fully quantized model: what all before it did together. */
  readonly cumulativeNsr: number;
}

/** One unit with what it costs at the end of the model. */
export interface AttributedUnit extends ObservedUnit {
  /** 1 costs the most. */
  readonly rank: number;
  readonly impact: Impact;
}

/** Why a target's model lost accuracy. */
export interface Attribution {
  /** By falling rank. */
  readonly units: readonly AttributedUnit[];
  /** Units of a very large model that stored noise gains and local errors kept out of the ranking. */
  readonly unranked: readonly ObservedUnit[];
  /** Output NSR of the model with every unit quantized. */
  readonly fullNsr: number;
  /** The same with nothing quantized and the rest in FP16; undefined where that is float32. */
  readonly fp16Nsr?: number | undefined;
  /** Σ impact of the ranked / fullNsr: about 1 where errors add, 2 and more where they interact. */
  readonly additivity: number;
  /** How the units were ranked: each alone, or greedily inside a shortlist, as their noise adds up, because errors interact. */
  readonly ranking: 'alone' | 'greedy';
  /** The quantized outputs have little to do with FP32's: no top ten explains that. */
  readonly destroyed: boolean;
  readonly probeSamples: number;
}

/** What few samples say of a target's units, of which few were measured at the end of the model. */
export interface Estimate {
  /** Those whose own errors were measured, in the order of the graph. */
  readonly units: readonly LocalUnit[];
  /** Those that likely cost the most, three at most, by falling NSR. */
  readonly leaders: readonly { readonly name: string; readonly impact: Impact }[];
  /** How many units were measured alone. */
  readonly measured: number;
  /** Output NSR with every unit quantized. */
  readonly fullNsr: number;
  readonly probeSamples: number;
}

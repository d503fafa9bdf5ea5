import type { Tensor } from '../numerics/tensor.ts';
import type { MetricUnit } from '../words/metric-units.ts';

/** What a metric records about one sample: any JSON value, a finite number for a decomposable metric. */
export type Score = number | string | boolean | null | readonly Score[] | { readonly [key: string]: Score };

/**
 * What a metric keeps of the FP32 outputs of one sample, so that a stored baseline saves the FP32 pass:
 * a class id (agreement) or output values (cosine, kl).
 */
export type Reference = number | Float32Array;

/**
 * Output tensors of one sample by name; the leading dimension of each is 1. An object puts names such as "758" first: the
 * model's order is that of the list of names that metrics get beside it.
 */
export type Outputs = Readonly<Record<string, Tensor>>;

/** The label a metric needs: a class id, a tensor, whatever the data set holds, or none. */
export const labelKinds = ['class', 'tensor', 'any', 'none'] as const;
export type LabelKind = (typeof labelKinds)[number];

/** What a model made of one sample, and what it is scored by. */
export interface SampleResult {
  /** Index of the sample. */
  readonly sample: number;
  readonly outputs: Outputs;
  /** Names of the outputs, in the model's order. */
  readonly names?: readonly string[];
  readonly label: unknown;
  /** What the metric kept of the FP32 model's outputs. */
  readonly reference: Reference | undefined;
}

/** Takes what one model made of the samples, one after the other, and scores them. */
export interface Scorer {
  /** @throws UserError for what cannot be scored */
  add(result: SampleResult): Promise<void>;
  /** The scores of the samples so far, where each is scored by itself. */
  soFar?(): readonly Score[];
  /** The scores of all samples, in their order. @throws UserError when they cannot be told */
  finish(): Promise<readonly Score[]>;
  /** Removes temporary files. */
  close(): Promise<void>;
}

/** What the samples of one model are scored in. */
export interface Scoring {
  /** What the model is called among those that are compared: `fp32`, or a target. */
  readonly model: string;
  readonly signal: AbortSignal;
  /** Tells whoever watches that this goes on. */
  readonly beat: () => void;
}

export interface Metric {
  readonly name: string;
  readonly unit: MetricUnit;
  readonly higherIsBetter: boolean;
  readonly labels: LabelKind;
  /** What its options come to, as text: results by other ones are not compared with. */
  readonly settings?: string;
  /** The only output that it reads; where left out, it may read all of them. */
  readonly output?: string;
  /**
   * The outputs that a metric without `output` reads, where it is not the first alone: these, or any of them. What a module
   * reads is not known.
   */
  readonly reads?: readonly string[] | 'any';
  /** True if `score` compares with what `keep` kept of the FP32 outputs of the same sample. */
  readonly reference: boolean;
  /** True if every score is a number and `aggregate` is their mean. */
  readonly decomposable: boolean;
  /**
   * What its output is known to be: a score a class, or whatever, of which a distribution over classes can be told. Left
   * out where it may be no classes at all.
   */
  readonly classes?: 'scores' | 'distribution';
  /** The share of samples that a guess among so many classes gets right. */
  guess?(classes: number): number;
  /**
   * Scores one sample on the first of `outputs`.
   *
   * @param names of the outputs, in the model's order
   * @throws UserError on shapes and labels it cannot use
   */
  score(outputs: Outputs, label: unknown, reference: Reference | undefined, names?: readonly string[]): Score;
  /** Where all samples of a model are scored at once, and `score` is not called. */
  together?(scoring: Scoring): Promise<Scorer>;
  /** The metric over all samples; the order of the scores does not matter. */
  aggregate(scores: readonly Score[]): number;
  /** `aggregate` over samples that are picked by their indices again and again, where that is faster. */
  overPicks?(scores: readonly Score[]): (indices: ArrayLike<number>) => number;
  /** @param names of the outputs, in the model's order */
  keep?(outputs: Outputs, names?: readonly string[]): Reference;
}

import type { Subject } from './subject.ts';

/** What the parts of a benchmark measure with. */
export interface Bench {
  /** The real models and a generated detector. */
  readonly subjects: readonly Subject[];
  /** A temporary folder, for what a part makes itself. */
  readonly folder: string;
  /** How often each figure is measured, for its median. */
  readonly runs: number;
  /** By how much the samples are fewer: 1 for all of them. */
  readonly divisor: number;
  /** Tells who waits what is measured now. */
  say(line: string): void;
}

/** One question, with its answer as Markdown. */
export interface Part {
  readonly title: string;
  measure(bench: Bench): string | Promise<string>;
}

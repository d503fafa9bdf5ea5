import type { Histogram } from '../numerics/histogram.ts';
import type { Tensor } from '../numerics/tensor.ts';
import type { CountedOutput, CountedRows } from './output-counter.ts';
import type { Port, SessionOptions } from './runtime.ts';

/** What a thread is asked for; sessions, and the counters of each, have numbers. */
export type SessionTask =
  | {
      readonly kind: 'open';
      readonly session: number;
      readonly model: Uint8Array | string;
      readonly options: SessionOptions;
    }
  | {
      readonly kind: 'run';
      readonly session: number;
      readonly feeds: Readonly<Record<string, Tensor>>;
      readonly fetches: readonly string[] | undefined;
    }
  | {
      readonly kind: 'count';
      readonly session: number;
      readonly counter: number;
      readonly feeds: Readonly<Record<string, Tensor>>;
      readonly outputs: readonly CountedOutput[];
      readonly part: CountedRows;
    }
  | { readonly kind: 'take'; readonly session: number; readonly counter: number }
  | { readonly kind: 'close'; readonly session: number };

/** A task under a number of its own. */
export type NumberedTask = SessionTask & { readonly task: number };

/** What a session that was opened has. */
export interface Opened {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
}

/** What a task gives. */
export type Answered = Opened | Readonly<Record<string, Tensor>> | boolean | readonly Histogram[] | undefined;

/** What came of a task: what it gives and the milliseconds that it took, or what ONNX Runtime says against it. */
export type TaskAnswer =
  | { readonly task: number; readonly value: Answered; readonly ms: number }
  | { readonly task: number; readonly said: string };

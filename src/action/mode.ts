import type { Api } from '../github/api.ts';
import type { Tell } from '../supervision/message.ts';
import type { Event } from './event.ts';
import type { Inputs } from './inputs.ts';
import type { Job } from './job.ts';

/** What a mode works with. */
export interface ModeContext {
  readonly inputs: Inputs;
  readonly job: Job;
  readonly event: Event;
  /** Undefined where there is no token. */
  readonly api: Api | undefined;
  readonly log: Log;
  /** Tells the process that watches this one, where one does. */
  readonly tell: Tell;
}

/** The job's log. The last three are shown beside the run as well. */
export interface Log {
  info(line: string): void;
  notice(line: string): void;
  warning(line: string): void;
  error(line: string): void;
}

/** The outputs of action.yml. */
export const outputNames = [
  'verdict',
  'drop',
  'regression',
  'training',
  'worst-layer',
  'report',
  'artifacts',
] as const;
export type ActionOutputs = Readonly<Partial<Record<(typeof outputNames)[number], string | number>>>;

/** What a mode leaves to the runner. */
export interface Outcome {
  readonly outputs: ActionOutputs;
  /** Markdown for the summary of the job; nothing of a model or a pull request is in it unescaped. */
  readonly summary: string;
  /** Why the job fails, on one line; undefined if it does not. */
  readonly failure: string | undefined;
}

export type RunMode = (step: ModeContext) => Promise<Outcome>;

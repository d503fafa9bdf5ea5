import { type CommentPolicy, commentPolicies } from '../config/comment-policy.ts';
import { UserError } from '../errors.ts';
import { providers, type RequestedProvider } from '../runtime/provider.ts';

export const modes = ['gate', 'baseline', 'report', 'command', 'calibrate', 'evaluate', 'explain'] as const;
export type Mode = (typeof modes)[number];

/** The inputs of jobs that share the work, undefined where the workflow sets none. */
export interface ShardInputs {
  /** Which part of the samples, or of the targets, such as 2/4. */
  readonly shard: string | undefined;
  /** Folder of finished calibrations, relative to the workspace or absolute. */
  readonly calibration: string | undefined;
  /** Folder of finished evaluations, likewise. */
  readonly evaluation: string | undefined;
  /** Folder of finished explanations, likewise. */
  readonly explanation: string | undefined;
}

/** The inputs of action.yml; undefined where the workflow sets none. */
export interface Inputs extends ShardInputs {
  readonly config: string;
  readonly mode: Mode;
  readonly token: string | undefined;
  readonly provider: RequestedProvider | undefined;
  readonly baseline: string | undefined;
  readonly out: string;
  readonly comment: CommentPolicy | undefined;
  /** Names of the models that this job judges; all of the config if undefined. */
  readonly models: readonly string[] | undefined;
}

/** The mode of an event whose workflow names none. */
export const modeOfEvent: Readonly<Record<string, Mode>> = {
  push: 'baseline',
  schedule: 'baseline',
  pull_request: 'gate',
  merge_group: 'gate',
  workflow_run: 'report',
  issue_comment: 'command',
};

/**
 * Reads the inputs; the event decides the mode where the workflow does not.
 *
 * @param get an input by name, '' where it is not set
 * @throws UserError for a value that is none of an input's, or an event that means no mode
 */
export function readInputs(get: (name: string) => string, event: string): Inputs {
  const optional = (name: string) => get(name).trim() || undefined;
  return {
    config: optional('config') ?? 'quantgate.yml',
    mode: modeOf(optional('mode'), event),
    token: optional('token'),
    provider: known('provider', ['auto', ...providers], optional('provider')),
    baseline: optional('baseline'),
    out: optional('out') ?? 'quantgate-out',
    comment: known('comment', commentPolicies, optional('comment')),
    models: optional('models')?.split(/[\s,]+/),
    shard: optional('shard'),
    calibration: optional('calibration'),
    evaluation: optional('evaluation'),
    explanation: optional('explanation'),
  };
}

function modeOf(input: string | undefined, event: string): Mode {
  if (event === 'pull_request_target') {
    throw new UserError(
      'event pull_request_target would parse models of anybody with a token that writes: start the workflow on pull_request',
    );
  }
  const mode = input ?? modeOfEvent[event];
  if (mode === undefined)
    throw new UserError(`event ${event} has no mode of its own: set the input mode to ${choice(modes)}`);
  return oneOf('mode', modes, mode);
}

function known<T extends string>(
  name: string,
  values: readonly T[],
  value: string | undefined,
): T | undefined {
  return value === undefined ? undefined : oneOf(name, values, value);
}

function oneOf<T extends string>(name: string, values: readonly T[], value: string): T {
  const found = values.find((each) => each === value);
  if (found === undefined) throw new UserError(`${name} "${value}" is unknown: set it to ${choice(values)}`);
  return found;
}

function choice(values: readonly string[]): string {
  return `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`;
}

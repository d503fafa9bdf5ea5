import { UserError } from '../errors.ts';

export const modes = ['gate', 'baseline'] as const;
export type Mode = (typeof modes)[number];

/** The inputs of action.yml; undefined where the workflow sets none. */
export interface Inputs {
  readonly config: string;
  readonly mode: Mode;
  readonly provider: string | undefined;
  readonly baseline: string | undefined;
  readonly out: string;
}

const modeOfEvent: Readonly<Record<string, Mode>> = {
  push: 'baseline',
  schedule: 'baseline',
  pull_request: 'gate',
  merge_group: 'gate',
};

/**
 * Reads the inputs; the event decides the mode where the workflow does not.
 *
 * @param get an input by name, '' where it is not set
 * @throws UserError for an unknown mode, or an event that means none
 */
export function readInputs(get: (name: string) => string, event: string): Inputs {
  const optional = (name: string) => get(name) || undefined;
  return {
    config: optional('config') ?? 'quantgate.yml',
    mode: modeOf(optional('mode'), event),
    provider: optional('provider'),
    baseline: optional('baseline'),
    out: optional('out') ?? 'quantgate-out',
  };
}

function modeOf(input: string | undefined, event: string): Mode {
  const mode = input ?? modeOfEvent[event];
  if (mode === undefined)
    throw new UserError(`event ${event} has no mode of its own: set the input mode to ${modes.join(' or ')}`);
  if (!modes.includes(mode as Mode))
    throw new UserError(`mode "${mode}" is unknown: set it to ${modes.join(' or ')}`);
  return mode as Mode;
}

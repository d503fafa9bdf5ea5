import { UserError } from '../errors.ts';
import type { Outcome, Step } from './step.ts';

export async function command(_step: Step): Promise<Outcome> {
  throw new UserError('mode command does not work yet: leave it out');
}

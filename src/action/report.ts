import { UserError } from '../errors.ts';
import type { Outcome, Step } from './step.ts';

export async function report(_step: Step): Promise<Outcome> {
  throw new UserError('mode report does not work yet: leave it out');
}

import { UserError } from '../../src/errors.ts';
import { type Fault, faults } from '../github/faults.ts';
import type { Github } from '../github/server.ts';
import type { Ran } from './action-world.ts';

/** The tries of the client: of what fails, and of limits that end soon. */
const [TRIES, LIMIT_TRIES] = [4, 3];

interface Injected {
  readonly fault: Fault;
  /** How often in a row. */
  readonly times: number;
}

/** Each as often as a client bears it, and once more where that is another way. */
const injected: Readonly<Record<string, Injected>> = {
  '403': { fault: faults.forbidden, times: 1 },
  '404': { fault: faults.notFound, times: 1 },
  '409': { fault: faults.conflict, times: 1 },
  '422': { fault: faults.invalid, times: 1 },
  '429 once': { fault: faults.secondaryLimit({ status: 429, retryAfter: 1 }), times: 1 },
  '429 for ever': { fault: faults.secondaryLimit({ status: 429, retryAfter: 1 }), times: LIMIT_TRIES },
  'secondary limit without Retry-After once': { fault: faults.secondaryLimit(), times: 1 },
  'secondary limit without Retry-After for ever': { fault: faults.secondaryLimit(), times: LIMIT_TRIES },
  'hourly limit that ends soon': { fault: faults.rateLimit(30), times: 1 },
  'hourly limit': { fault: faults.rateLimit(3600), times: 1 },
  '500 once': { fault: faults.serverError(500), times: 1 },
  '502 for ever': { fault: faults.serverError(502), times: TRIES },
  '503 once': { fault: faults.serverError(503), times: 1 },
  'cut once': { fault: faults.cut, times: 1 },
  'cut for ever': { fault: faults.cut, times: TRIES },
  'cut after the effect once': { fault: faults.cutAfterEffect, times: 1 },
  'cut after the effect for ever': { fault: faults.cutAfterEffect, times: TRIES },
};

export const faultKinds = Object.keys(injected).length;

export interface Trial {
  act(): Promise<Ran>;
  /** Checks what the run has left; `where` names call and fault. */
  check(ran: Ran, where: string): Promise<void> | void;
}

/**
 * Does something once as it should be, then again for each of its calls and each fault in that call.
 *
 * @param prepare makes a world of its own for each trial
 * @returns how many faults were injected
 * @throws Error for a trial that ends otherwise than well or with one line for people
 */
export async function injectFaults(github: Github, prepare: () => Trial): Promise<number> {
  const before = github.log.length;
  const good = prepare();
  await verify(good, await good.act(), 'no fault');
  const operations = github.log.slice(before).map(({ operation }) => operation);
  let count = 0;
  for (const [at, operation] of operations.entries()) {
    const nth = operations.slice(0, at + 1).filter((each) => each === operation).length;
    for (const [name, { fault, times }] of Object.entries(injected)) {
      const trial = prepare();
      github.fault(operation, fault, { nth, times });
      await verify(trial, await trial.act(), `${operation} (call ${nth}): ${name}`);
      count++;
    }
  }
  return count;
}

async function verify(trial: Trial, ran: Ran, where: string): Promise<void> {
  const said = [
    ...(ran.error === undefined ? [] : [ran.error instanceof Error ? ran.error.message : String(ran.error)]),
    ...(ran.outcome?.failure === undefined ? [] : [ran.outcome.failure]),
    ...ran.log,
  ];
  if (ran.error !== undefined && !(ran.error instanceof UserError)) {
    throw new Error(`${where}: ends with a defect: ${(ran.error as Error).stack}`);
  }
  const bad = said.find((line) => /[\r\n]|unexpected error/.test(line) || line.trim() === '');
  if (bad !== undefined) throw new Error(`${where}: says ${JSON.stringify(bad)}`);
  await trial.check(ran, where);
}

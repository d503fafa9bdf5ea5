import { UserError } from '../../src/errors.ts';
import { type Fault, faults } from '../fake-github/faults.ts';
import { type Github, startGithub } from '../fake-github/server.ts';
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

/** A client waits more than it works, so several trials go on at once, each with a GitHub of its own. */
const AT_ONCE = 8;

/**
 * Does something once as it should be, then again for each of its calls and each fault in that call.
 *
 * @param prepare makes a world of its own for each trial
 * @returns how many faults were injected
 * @throws Error for a trial that ends otherwise than well or with one line for people
 */
export async function injectFaults(prepare: (github: Github) => Trial): Promise<number> {
  const all = await faultsOf(prepare);
  const left = [...all];
  const work = async () => {
    const github = await startGithub();
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      const trial = prepare(github);
      github.fault(next.operation, next.fault, next);
      await verify(trial, await trial.act(), next.where);
    }
    await github.close();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return all.length;
}

async function faultsOf(prepare: (github: Github) => Trial) {
  const github = await startGithub();
  const good = prepare(github);
  const ran = await good.act();
  const operations = github.log.map(({ operation }) => operation);
  await verify(good, ran, 'no fault');
  await github.close();
  return operations.flatMap((operation, at) => {
    const nth = operations.slice(0, at + 1).filter((each) => each === operation).length;
    return Object.entries(injected).map(([name, { fault, times }]) => ({
      operation,
      nth,
      times,
      fault,
      where: `${operation} (call ${nth}): ${name}`,
    }));
  });
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

import { type Fault, faults } from '../fake-github/faults.ts';

/** A fault, how often the client asks before it gives up, and whether it asks again at all. */
export interface FaultCase {
  readonly name: string;
  readonly fault: Fault;
  readonly tries: number;
}

/** Faults that end a call if they last. */
export const lastingFaults: readonly FaultCase[] = [
  { name: '403', fault: faults.forbidden, tries: 1 },
  { name: '404', fault: faults.notFound, tries: 1 },
  { name: '409', fault: faults.conflict, tries: 1 },
  { name: '422', fault: faults.invalid, tries: 1 },
  { name: 'the hourly limit for an hour', fault: faults.rateLimit(3600), tries: 1 },
  { name: 'the hourly limit for some seconds', fault: faults.rateLimit(5), tries: 3 },
  { name: 'a secondary limit of 403', fault: faults.secondaryLimit(), tries: 3 },
  {
    name: 'a secondary limit of 429',
    fault: faults.secondaryLimit({ status: 429, retryAfter: 1 }),
    tries: 3,
  },
  { name: '500', fault: faults.serverError(500), tries: 4 },
  { name: '502', fault: faults.serverError(502), tries: 4 },
  { name: '503', fault: faults.serverError(503), tries: 4 },
  { name: '504', fault: faults.serverError(504), tries: 4 },
  { name: 'a cut connection', fault: faults.cut, tries: 4 },
  { name: 'a connection cut after the effect', fault: faults.cutAfterEffect, tries: 4 },
];

/** Faults that are over when the client asks again, and a slow answer. */
export const passingFaults: readonly FaultCase[] = [
  ...lastingFaults.filter(({ tries }) => tries > 1).map((each) => ({ ...each, tries: 1 })),
  { name: 'a slow answer', fault: faults.slow(50), tries: 1 },
];

import type { UserError } from '../../errors.ts';

/** Something wrong: where it is, what it is, and what to do. One line each. */
export interface DoctorFinding {
  readonly where: string;
  readonly what: string;
  readonly remedy: string;
}

/** An error of the form `what: what to do`, in the first line of its message. */
export function findingOf(error: UserError, where: string): DoctorFinding {
  const [line = ''] = error.message.split('\n');
  const [, what, remedy] = /^(.*): ([^:]*)$/.exec(line) ?? [];
  return { where, what: what ?? line, remedy: remedy ?? 'correct it' };
}

/** An error of the form `where: what: what to do`, or without what to do, in the first line of its message. */
export function locatedFindingOf(error: UserError): DoctorFinding {
  const [, where, what, remedy] = /^(\S+?): (.*?)(?:: ([^:]*))?$/m.exec(error.message) ?? [];
  return { where: where ?? '.', what: what ?? error.message, remedy: remedy ?? 'correct it' };
}

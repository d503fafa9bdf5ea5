import { printable } from '../../errors.ts';
import { type StyledLine, span, wrapped } from '../../report/terminal/styled.ts';
import type { DoctorFinding } from './finding.ts';

/** What is wrong as a person reads it: where, what, and below it what to do. */
export function shownFindings(findings: readonly DoctorFinding[], columns: number): StyledLine[] {
  return findings.flatMap(({ where, what, remedy }) => [
    ...wrapped(span('✗ ', 'red'), [span(`${printable(where)}: `, 'bold'), span(what)], columns),
    ...wrapped(span('  '), [span(remedy, 'green')], columns),
  ]);
}

/** How many things are wrong, as the last line about them. */
export function findingsEnd(found: number, where: string): StyledLine {
  if (found === 0) return [span('✓ nothing is wrong', 'green'), span(where)];
  const things = found === 1 ? '1 thing is' : `${found} things are`;
  return [span(`✗ ${things} wrong`, 'red'), span(where)];
}

import { markedSpans, span, wrapped } from '../report/terminal/styled.ts';
import type { World } from './world.ts';

/** Of a world, what shows things to a person; a log lacks it. */
export type ShownWorld = Partial<Pick<World, 'terminal' | 'loudness' | 'show'>>;

/**
 * Says what comes next, to a person alone: on a terminal, unless only the result is wanted.
 *
 * @param text code stands between backticks
 */
export function sayNext(text: string, { terminal, loudness, show }: ShownWorld): void {
  if (terminal === undefined || loudness === 'quiet') return;
  for (const line of wrapped(span('next  ', 'cyan'), markedSpans(text), terminal.columns)) show?.(line);
}

import { styleText } from 'node:util';
import { plainLine, plainLines } from '../plain.ts';
import type { Look } from '../report/terminal/styled.ts';
import type { Tell } from '../supervision/message.ts';
import { toldProgress } from '../supervision/told.ts';
import { connect } from './github.ts';
import type { Loudness } from './loudness.ts';
import { terminalOf } from './terminal-of.ts';
import { terminalProgress } from './terminal-progress.ts';
import type { World } from './world.ts';

/** What a command is started with beside its options. */
export interface Started {
  readonly signal: AbortSignal;
  readonly tell: Tell;
  readonly loudness: Loudness;
}

/** The world of a command that was started on a terminal or in a script. */
export function terminalWorld(
  cwd: string,
  complain: (line: string) => void,
  { signal, tell, loudness }: Started,
): World {
  const now = () => performance.now();
  const shown = terminalProgress(process.stderr, process.env, { now, loudness });
  const terminal = terminalOf(process.stdout, process.env);
  const painted = (text: string, look: Look | undefined) =>
    terminal?.hasColours && look !== undefined ? styleText(look, text, { validateStream: false }) : text;
  const print = console.log;
  // What modules of the user's print is for people: stdout may be read by a program.
  for (const method of ['log', 'info', 'debug'] as const) console[method] = console.error;
  return {
    cwd,
    progress: toldProgress(shown, tell),
    signal,
    tell,
    loudness,
    terminal,
    print: (line) => print(plainLines(line)),
    show: (line) => print(line.map(({ text, look }) => painted(plainLine(text), look)).join('')),
    complain,
    github: () => connect(process.env),
  };
}

import type { Api } from '../github/api.ts';
import type { Progress } from '../pipeline/progress.ts';
import type { StyledLine } from '../report/terminal/styled.ts';
import type { Tell } from '../supervision/message.ts';
import type { Loudness } from './loudness.ts';
import type { Terminal } from './terminal-of.ts';

/** The world around a command. */
export interface World {
  readonly cwd: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Tells the process that watches this one, where one does. */
  readonly tell: Tell;
  readonly loudness: Loudness;
  /** What stdout leads to; undefined for a log, a file or a pipe, which take plain lines. */
  readonly terminal: Pick<Terminal, 'columns'> | undefined;
  /** Writes a line to stdout. */
  print(line: string): void;
  /** Writes a line to stdout as it is to look there. */
  show(line: StyledLine): void;
  /** Writes what failed to stderr, behind the name of the program. */
  complain(line: string): void;
  /** GitHub's API. @throws UserError when the environment has no token for it */
  github(): Api;
}

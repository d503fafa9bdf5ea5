import type { Api } from '../github/api.ts';
import type { Progress } from '../pipeline/progress.ts';
import type { Tell } from '../supervision/message.ts';

/** The world around a command. */
export interface World {
  readonly cwd: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Tells the process that watches this one, where one does. */
  readonly tell: Tell;
  /** Writes a line to stdout. */
  print(line: string): void;
  /** Writes what failed to stderr, behind the name of the program. */
  complain(line: string): void;
  /** GitHub's API. @throws UserError when the environment has no token for it */
  github(): Api;
}

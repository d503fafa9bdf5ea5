import { plainLines } from '../plain.ts';
import type { Tell } from '../supervision/message.ts';
import { toldProgress } from '../supervision/told.ts';
import { connect } from './github.ts';
import { terminalProgress } from './terminal-progress.ts';
import type { World } from './world.ts';

/** The world of a command that was started on a terminal or in a script. */
export function terminalWorld(
  cwd: string,
  complain: (line: string) => void,
  { signal, tell }: { readonly signal: AbortSignal; readonly tell: Tell },
): World {
  const shown = terminalProgress(process.stderr, process.env, () => performance.now());
  return {
    cwd,
    progress: toldProgress(shown, tell),
    signal,
    tell,
    print: (line) => console.log(plainLines(line)),
    complain,
    github: () => connect(process.env),
  };
}

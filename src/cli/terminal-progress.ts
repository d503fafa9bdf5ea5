import ora from 'ora';
import type { Progress } from '../pipeline/progress.ts';

/** How often a stage on a terminal is redrawn, in milliseconds. */
const REDRAW_MS = 100;

/** What of a terminal decides how stages are shown. */
type Terminal = Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'hasColors' | 'write'>;

/**
 * Whether a line can be drawn again and again: on a terminal that has a width (one without has 0 columns, and nothing
 * would ever be erased there), that is not dumb, and whose log nobody keeps, as CI does.
 */
function canRedraw({ isTTY, columns }: Terminal, env: Readonly<NodeJS.ProcessEnv>): boolean {
  return isTTY === true && columns > 0 && env.TERM !== 'dumb' && (env.CI ?? '') === '';
}

/**
 * A spinner with a count where lines can be redrawn, in colour unless NO_COLOR says otherwise; elsewhere one plain line
 * at the end of each stage.
 */
export function terminalProgress(
  stream: NodeJS.WriteStream,
  env: Readonly<NodeJS.ProcessEnv>,
  now: () => number,
): Progress {
  const redraws = canRedraw(stream, env);
  const look = {
    stream,
    isEnabled: true,
    discardStdin: false,
    color: redraws && stream.hasColors() ? ('cyan' as const) : (false as const),
  };
  return {
    begin(name, total, things) {
      const start = now();
      const spinner = redraws ? ora({ ...look, text: name }).start() : undefined;
      let done = 0;
      let drawn = start;
      return {
        advance(count) {
          done += count;
          if (spinner === undefined || now() - drawn < REDRAW_MS) return;
          drawn = now();
          spinner.text = `${name} ${counted(done, total)}${remaining(done, total, drawn - start)}`;
        },
        end() {
          const took = `${((now() - start) / 1000).toFixed(1)} s`;
          const line = done > 0 ? `${name}: ${counted(done, total)} ${things}, ${took}` : `${name}: ${took}`;
          if (spinner === undefined) stream.write(`${line}\n`);
          else spinner.stopAndPersist({ symbol: '·', text: line });
        },
      };
    },
  };
}

function counted(done: number, total: number | undefined): string {
  return total === undefined || done >= total ? `${done}` : `${done}/${total}`;
}

function remaining(done: number, total: number | undefined, elapsedMs: number): string {
  if (total === undefined || elapsedMs < 2000) return '';
  return `, about ${Math.ceil(((total - done) * elapsedMs) / done / 1000)} s left`;
}

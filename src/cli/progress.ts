import ora from 'ora';
import type { Progress } from '../steps/progress.ts';

/** How often a stage on a terminal is redrawn, in milliseconds. */
const REDRAW_MS = 100;

/** A spinner with a count on a terminal; elsewhere one plain line at the end of each stage. Both on stderr. */
export function terminalProgress(stream: NodeJS.WriteStream, now: () => number): Progress {
  return {
    begin(name, total) {
      const start = now();
      const spinner = stream.isTTY ? ora({ text: name, stream }).start() : undefined;
      let samples = 0;
      let drawn = start;
      return {
        advance(count) {
          samples += count;
          if (spinner === undefined || now() - drawn < REDRAW_MS) return;
          drawn = now();
          spinner.text = `${name} ${counted(samples, total)}${remaining(samples, total, drawn - start)}`;
        },
        end() {
          const took = `${((now() - start) / 1000).toFixed(1)} s`;
          const line =
            samples > 0 ? `${name}: ${counted(samples, total)} samples, ${took}` : `${name}: ${took}`;
          if (spinner === undefined) stream.write(`${line}\n`);
          else spinner.stopAndPersist({ symbol: '·', text: line });
        },
      };
    },
  };
}

function counted(samples: number, total: number | undefined): string {
  return total === undefined || samples >= total ? `${samples}` : `${samples}/${total}`;
}

function remaining(samples: number, total: number | undefined, elapsedMs: number): string {
  if (total === undefined || elapsedMs < 2000) return '';
  return `, about ${Math.ceil(((total - samples) * elapsedMs) / samples / 1000)} s left`;
}

import ora, { type Ora } from 'ora';
import type { Progress } from '../pipeline/progress.ts';
import type { Loudness } from './loudness.ts';
import { canRedraw } from './terminal-of.ts';

/** How often stages on a terminal are redrawn, in milliseconds. */
const REDRAW_MS = 100;
/** What the spinner takes of a line. */
const SPINNER_COLUMNS = 3;

/** A stage that is not over. */
interface Running {
  readonly name: string;
  readonly total: number | undefined;
  readonly things: string;
  /** Its own time, if it has one. */
  readonly seconds: number | undefined;
  readonly start: number;
  done: number;
}

/**
 * One line with a spinner and the counts of all stages that are running, the outermost first, where lines can be redrawn:
 * in colour unless NO_COLOR says otherwise, and gone when they are over, unless all is to be said. Elsewhere one plain line
 * at the end of each stage. Nothing where only the result is wanted.
 */
export function terminalProgress(
  stream: NodeJS.WriteStream,
  env: Readonly<NodeJS.ProcessEnv>,
  { now, loudness }: { readonly now: () => number; readonly loudness: Loudness },
): Progress {
  if (loudness === 'quiet') return { begin: () => ({ advance: () => {}, end: () => {} }) };
  const redraws = canRedraw(stream, env);
  const color = redraws && stream.hasColors() ? ('cyan' as const) : (false as const);
  const look = { stream, isEnabled: true, discardStdin: false, color };
  const running: Running[] = [];
  let spinner: Ora | undefined;
  let drawn = 0;
  const draw = () => {
    drawn = now();
    const text = running.map((stage) => `${stage.name}${standing(stage, drawn)}`).join(' · ');
    const line = shortened(text, stream.columns - SPINNER_COLUMNS);
    spinner ??= ora({ ...look, text: line }).start();
    spinner.text = line;
    // Its own clock stands still while ONNX Runtime holds the thread.
    spinner.render();
  };
  const finish = (line: string) => {
    if (!redraws) stream.write(`${line}\n`);
    else {
      if (loudness === 'verbose') spinner?.stopAndPersist({ symbol: '·', text: line });
      else spinner?.stop();
      spinner = undefined;
      if (running.length > 0) draw();
    }
  };
  return {
    begin(name, total, things, seconds) {
      const stage: Running = { name, total, things, seconds, start: now(), done: 0 };
      running.push(stage);
      if (redraws) draw();
      return {
        advance(count) {
          stage.done += count;
          if (redraws && now() - drawn >= REDRAW_MS) draw();
        },
        end() {
          running.splice(running.indexOf(stage), 1);
          const took = `${((now() - stage.start) / 1000).toFixed(1)} s`;
          finish(stage.done > 0 ? `${name}: ${stage.done} ${things}, ${took}` : `${name}: ${took}`);
        },
      };
    },
  };
}

/** ` 512/2496 samples, about 3 s left`, or ` 3 of at most 21 attempts, 2:10 of 10:00 min left`. */
function standing({ total, things, seconds, start, done }: Running, now: number): string {
  const elapsed = (now - start) / 1000;
  if (seconds !== undefined) {
    const counted = total === undefined ? `${done}` : `${done} of at most ${total}`;
    return ` ${counted} ${things}, ${clock(seconds - elapsed)} of ${clock(seconds)} min left`;
  }
  if (done === 0) return '';
  if (total === undefined || done >= total) return ` ${done} ${things}`;
  const left = elapsed < 2 ? '' : `, about ${Math.ceil(((total - done) * elapsed) / done)} s left`;
  return ` ${done}/${total} ${things}${left}`;
}

/** Minutes and seconds, such as 2:05; those that are over are none. */
function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

function shortened(text: string, longest: number): string {
  return text.length > longest ? `${text.slice(0, Math.max(longest - 1, 0))}…` : text;
}

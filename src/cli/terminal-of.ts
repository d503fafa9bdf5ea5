/** Where results are shown to a person: lines are laid out for its width. */
export interface Terminal {
  /** Characters in a line, at least 1. */
  readonly columns: number;
  readonly hasColours: boolean;
}

/** What of a stream decides how results and stages are shown. */
export type TerminalStream = Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'hasColors'>;

/** What somebody who forces colours has in front of them, such as a pager. */
const FORCED_COLUMNS = 100;

/**
 * Whether a line can be drawn again and again: on a terminal that has a width (one without has 0 columns, and nothing
 * would ever be erased there), that is not dumb, and whose log nobody keeps, as CI does.
 */
export function canRedraw({ isTTY, columns }: TerminalStream, env: Readonly<NodeJS.ProcessEnv>): boolean {
  return isTTY === true && columns > 0 && env.TERM !== 'dumb' && !isCi(env);
}

/**
 * The terminal that a stream leads to, in colour unless NO_COLOR says otherwise; undefined in CI, for a file or a pipe, whose
 * reader wants plain lines. FORCE_COLOR makes a pipe a terminal, but not CI.
 */
export function terminalOf(stream: TerminalStream, env: Readonly<NodeJS.ProcessEnv>): Terminal | undefined {
  if (canRedraw(stream, env)) return { columns: stream.columns, hasColours: stream.hasColors() };
  const { FORCE_COLOR: forced = '' } = env;
  const isForced = !['', '0', 'false'].includes(forced) && stream.isTTY !== true && !isCi(env);
  return isForced ? { columns: FORCED_COLUMNS, hasColours: true } : undefined;
}

function isCi({ CI = '' }: Readonly<NodeJS.ProcessEnv>): boolean {
  return CI !== '';
}

const ERASE_LINE = '\r\u001B[K';
const SHOW_CURSOR = '\u001B[?25h';

/** Leaves a terminal as a spinner would that was not cut off: at the start of an empty line, with its cursor. */
export function leaveTerminal(stream: Pick<NodeJS.WriteStream, 'isTTY' | 'write'>): void {
  if (stream.isTTY) stream.write(ERASE_LINE + SHOW_CURSOR);
}

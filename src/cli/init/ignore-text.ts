const OUT = 'quantgate-out';

/** A `.gitignore` with what quantgate writes in it; undefined where it has that already. */
export function ignoreText(text: string): string | undefined {
  const isThere = text.split(/\r?\n/).some((line) => line.trim().replace(/^\/|\/$/g, '') === OUT);
  if (isThere) return undefined;
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const isOpen = text !== '' && !text.endsWith('\n');
  return `${text}${isOpen ? newline : ''}${OUT}/${newline}`;
}

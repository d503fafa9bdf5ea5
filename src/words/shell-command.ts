/** `--no` keeps npx from fetching a package of that name from npm, which is anybody's. */
const QUANTGATE = ['npx', '--no', '--', 'quantgate'];

/**
 * A command of quantgate to be pasted into a shell, in the one form that works in every project that has it installed.
 *
 * @param words after `quantgate`; those that a shell would change are quoted
 */
export function shellCommand(...words: readonly string[]): string {
  return [...QUANTGATE, ...words.map(quoted)].join(' ');
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

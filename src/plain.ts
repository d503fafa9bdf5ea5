/**
 * Characters that draw nothing, change the order of others, end a line or command a terminal (control, format and bidirectional
 * ones, line separators), and halves of characters.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu;

/** Text that is not ours as one line that is what it looks like: what is not seen becomes a space. */
export function plainLine(text: string): string {
  return text.replace(UNSEEN, ' ');
}

/** `plainLine` of each line. */
export function plainLines(text: string): string {
  return text.split('\n').map(plainLine).join('\n');
}

/** A text of JSON in which characters that are not seen are escapes; it says the same. */
export function plainJson(json: string): string {
  return json.replace(UNSEEN, (unseen) =>
    Array.from({ length: unseen.length }, (_, i) => escapeOf(unseen, i)).join(''),
  );
}

/** Line ends of JSON stand between its values. */
function escapeOf(text: string, index: number): string {
  return text[index] === '\n' ? '\n' : `\\u${text.charCodeAt(index).toString(16).padStart(4, '0')}`;
}

import { plainLine, plainLines } from '../plain.ts';

const LONGEST = 80;

/** Breaks what GitHub turns into a mention, a reference, a link or an emoji after Markdown is done; it has no width. */
const BREAK = '\u200b';
/** As it is written: nothing that is not seen stands in a report. */
const BREAK_REFERENCE = '&#8203;';

/** What GitHub takes for a commit, outside of code: 7 to 64 hex digits, not numbers of usual length. */
const commit = /(?<![\p{L}\p{N}_])(?=[0-9]*[a-f]|[0-9]{40})[0-9a-f]{7,64}(?![\p{L}\p{N}_])/giu;

const live = [
  /@(?=[\w-])/g, // mention, mail address
  /#(?=\w)/g, // issue, also after owner/repo
  /\bGH-(?=\d)/gi,
  /:(?=\/\/)/g,
  /\bwww(?=\.)/gi,
  /:(?=[\w+-]+:)/g, // emoji
];

// An underscore inside of a word is only that, a hyphen starts a list at the beginning only, `::` a workflow command.
const markup = /[&<>"'`|\\*~[#@$]|:(?=:)|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])|^[-+=]/gu;

/**
 * Untrusted text as text: in a table cell, a paragraph or inline HTML of GitHub Markdown. It is one line without
 * control and bidirectional characters, at most `longest` characters (cut in the middle), every character that
 * could be markup is a character reference, and nothing of it notifies, refers or links.
 */
export function escapeText(text: string, longest = LONGEST): string {
  const line = shorten(oneLine(text), longest);
  return escaped(line.replace(commit, inPieces));
}

/** No piece is long enough for a commit. */
function inPieces(digits: string): string {
  return digits.replace(/.{6}(?=.)/g, `$&${BREAK}`);
}

function escaped(line: string): string {
  return live
    .reduce((broken, pattern) => broken.replace(pattern, `$&${BREAK}`), line)
    .replace(markup, (character) => `&#${character.codePointAt(0)};`)
    .replaceAll(BREAK, BREAK_REFERENCE);
}

/** `escapeText` in the typeface of code. */
export function escapeCode(text: string, longest = LONGEST): string {
  return `<code>${escaped(shorten(oneLine(text), longest)) || ' '}</code>`;
}

/** `escapeText` of text whose parts between backticks are code. */
export function escapeMarked(text: string, longest = LONGEST): string {
  const space = (part: string, end: RegExp) => (end.test(part) ? ' ' : '');
  return text
    .split('`')
    .map((part, i) =>
      i % 2 === 1
        ? escapeCode(part, longest)
        : `${space(part, /^\s/)}${escapeText(part, longest)}${space(part, /\S\s+$/)}`,
    )
    .join('')
    .trim();
}

/** Lines as they are, but for what is not seen, in a fence that nothing in them can close. */
export function codeBlock(text: string, language: string): string {
  const longest = [...text.matchAll(/`+/g)].reduce((most, [run]) => Math.max(most, run.length), 2);
  const fence = '`'.repeat(longest + 1);
  return [`${fence}${language}`, plainLines(text), fence].join('\n');
}

/** Characters that draw nothing or change the order of others become spaces. */
function oneLine(text: string): string {
  return plainLine(text).replace(/\s+/g, ' ').trim();
}

function shorten(text: string, longest: number): string {
  const characters = Array.from(text);
  if (characters.length <= longest) return text;
  const head = Math.ceil((longest - 1) / 2);
  const tail = longest - 1 - head;
  return `${characters.slice(0, head).join('')}…${characters.slice(characters.length - tail).join('')}`;
}

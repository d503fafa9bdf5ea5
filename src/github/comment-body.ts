import { z } from 'zod';
import { tryJson } from '../json.ts';
import { plainJson, plainLines } from '../plain.ts';
import { type Verdict, worstFirst } from '../verdict/combine.ts';

/** The part of a comment that one job of a run writes: a model, or a model on one target. */
export interface Section {
  /** The model, or `model/target`. */
  readonly key: string;
  /** Which attempt of the run wrote it, from 1. */
  readonly attempt: number;
  readonly verdict: Verdict;
  /** Markdown; its first line is its shortest form. */
  readonly text: string;
  /** What the frame is made of, beside that of all others: JSON, which is read back as anything. */
  readonly said?: unknown;
}

/** The sticky comment of a pull request, as read from and written to its body. */
export interface Comment {
  /** Tells the comments of several gates on one pull request apart. */
  readonly key: string;
  /** Commit that was judged. */
  readonly head: string;
  /** Workflow run that judged it; later runs have larger ids. */
  readonly run: number;
  readonly sections: readonly Section[];
}

/** What stands around the sections, in Markdown; it is not read back. */
export interface Frame {
  readonly before: string;
  readonly after: string;
}

const bare: Frame = { before: '', after: '' };

/** Below the 65,536 that GitHub states for comments, in bytes of UTF-8. */
export const MAX_COMMENT_BYTES = 60_000;

const END = '<!-- quantgate:end -->';
const MORE = 'More sections are in the summaries of the jobs.';
const SHORTENED = 'Shortened: the whole section is in the summary of its job.';
// Keys are as `encode` writes them. A workflow's path has at most 1024 characters, of nine each where they are encoded.
const comment =
  /^<!-- quantgate key=([\w.!~*'()%-]{1,10000}) head=([0-9a-f]{40}(?:[0-9a-f]{24})?) run=(\d{1,15}) -->$/;
const begin =
  /^<!-- quantgate:section key=([\w.!~*'()%-]+) attempt=(\d{1,6}) verdict=(pass|fail|inconclusive|error)(?: said=([^<>]*))? -->$/;

/** The comment that a body holds; undefined if its first line is not the mark of one. */
export function readComment(body: string): Comment | undefined {
  const [first, ...lines] = body.split(/\r?\n/);
  const mark = comment.exec(first);
  const key = decode(mark?.[1]);
  if (mark === null || key === undefined) return undefined;
  return { key, head: mark[2], run: Number(mark[3]), sections: readSections(lines) };
}

/** Sections that are not closed, or closed by another's beginning, are left out. */
function readSections(lines: readonly string[]): Section[] {
  const sections = new Map<string, Section>();
  let open: { readonly mark: RegExpExecArray; readonly text: string[] } | undefined;
  for (const line of lines) {
    const mark = begin.exec(line);
    if (mark !== null) {
      open = { mark, text: [] };
    } else if (line === END && open !== undefined) {
      const key = decode(open.mark[1]);
      if (key !== undefined) {
        const [, , attempt, verdict, said] = open.mark;
        const text = open.text.join('\n').trim();
        sections.set(key, {
          key,
          attempt: Number(attempt),
          verdict: verdict as Verdict,
          text,
          ...readSaid(said),
        });
      }
      open = undefined;
    } else {
      open?.text.push(line);
    }
  }
  return [...sections.values()];
}

/**
 * The body of a comment: sections in order of verdict, worst first, then of key. Where it would exceed
 * `MAX_COMMENT_BYTES`, the longest sections keep their first line only, then the last ones are left out.
 */
export function writeComment({ key, head, run, sections }: Comment, frame: Frame = bare): string {
  const mark = `<!-- quantgate key=${encode(key)} head=${head} run=${run} -->`;
  const [before, after] = [inert(frame.before), inert(frame.after)];
  const shown = sections.toSorted(inOrder).map((section) => ({ ...section, text: inert(section.text) }));
  const body = (rest: readonly string[]) => {
    const parts = [mark, before, ...shown.map(writeSection), ...rest, after];
    return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
  };
  let excess = Buffer.byteLength(body([])) - MAX_COMMENT_BYTES;
  for (const index of longestFirst(shown)) {
    if (excess <= 0) break;
    const { text } = shown[index];
    const saved = Buffer.byteLength(text) - Buffer.byteLength(shorten(text));
    if (saved <= 0) continue;
    shown[index] = { ...shown[index], text: shorten(text) };
    excess -= saved;
  }
  if (excess <= 0) return body([]);
  // Whoever leaves reports decides how many sections there are, so each is measured once.
  let size = Buffer.byteLength(body([MORE]));
  while (size > MAX_COMMENT_BYTES && shown.length > 0)
    size -= Buffer.byteLength(`${writeSection(shown.pop()!)}\n\n`);
  return body([MORE]);
}

function inOrder(a: Section, b: Section): number {
  const verdicts = worstFirst.indexOf(a.verdict) - worstFirst.indexOf(b.verdict);
  return verdicts !== 0 ? verdicts : a.key < b.key ? -1 : 1;
}

function longestFirst(sections: readonly Section[]): number[] {
  return [...sections.keys()].sort((a, b) => sections[b].text.length - sections[a].text.length);
}

function readSaid(json: string | undefined): Pick<Section, 'said'> {
  const said = json === undefined ? undefined : tryJson(json, z.unknown());
  return said === undefined ? {} : { said };
}

function writeSection({ key, attempt, verdict, text, said }: Section): string {
  const what = said === undefined ? '' : ` said=${hidden(said)}`;
  const mark = `<!-- quantgate:section key=${encode(key)} attempt=${attempt} verdict=${verdict}${what} -->`;
  return [mark, '', text, '', END].join('\n');
}

/** No text can close a section or begin one: all marks are HTML comments. Nothing in it is not seen. */
function inert(text: string): string {
  return plainLines(text.replace(/\r\n?/g, '\n')).replaceAll('<!--', '&#60;!--').trim();
}

function shorten(text: string): string {
  if (text.endsWith(SHORTENED)) return text;
  const [first] = text.split('\n', 1);
  return `${Array.from(first).slice(0, 200).join('')}\n\n${SHORTENED}`;
}

/** JSON that ends no mark, on one line. */
function hidden(said: unknown): string {
  return plainJson(JSON.stringify(said)).replace(/[<>]/g, (sign) => (sign === '<' ? '\\u003c' : '\\u003e'));
}

/** Leaves no space and no `>`, so that it cannot end a mark. */
function encode(key: string): string {
  return encodeURIComponent(key.toWellFormed());
}

function decode(encoded: string | undefined): string | undefined {
  try {
    return encoded === undefined ? undefined : decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}

import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const repository = resolve(import.meta.dirname, '../..');

/** The Markdown that people read, by path in the repository. */
export const documents: readonly string[] = [
  ...readdirSync(repository).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(repository, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => `docs/${path}`),
  'examples/signs/README.md',
].sort();

export function textOf(document: string): string {
  return readFileSync(join(repository, document), 'utf8');
}

/** A fenced block of Markdown. */
export interface Block {
  /** `file:line` of its first line. */
  readonly where: string;
  /** Its first word: `yaml`, `sh`; empty where it says none. */
  readonly language: string;
  /** What stands behind that. */
  readonly note: string;
  readonly text: string;
}

const FENCE = /^( *)```([^\n`]*)\n(.*?)^\1``` *$/gms;

/** All fenced blocks of a document, without the indent of a list around them. */
export function blocksOf(document: string): Block[] {
  const text = textOf(document);
  return [...text.matchAll(FENCE)].map(({ index, 1: indent, 2: info, 3: inner }) => {
    const [language = '', ...note] = info!.trim().split(/\s+/);
    const line = text.slice(0, index).split('\n').length + 1;
    return {
      where: `${document}:${line}`,
      language,
      note: note.join(' '),
      text: inner!.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    };
  });
}

export const blocks: readonly Block[] = documents.flatMap(blocksOf);

/** The arguments of each `quantgate …`, in `sh` blocks and within sentences. */
export function quantgateCommands(): { where: string; args: string[] }[] {
  const inBlocks = blocks
    .filter(({ language }) => language === 'sh')
    .flatMap(({ where, text }) => commandsOf(text).map((command) => ({ where, command })));
  // What has changed names commands without what they need.
  const inSentences = documents
    .filter((name) => name !== 'CHANGELOG.md')
    .flatMap((where) =>
      [
        ...textOf(where)
          .replaceAll(FENCE, '')
          .matchAll(/`(quantgate [a-z][^`\n]*)`/g),
      ].map(([, command]) => ({
        where,
        command: command!,
      })),
    );
  return [...inBlocks, ...inSentences].flatMap(({ where, command }) => {
    const [, rest] = /^(?:npx --no -- quantgate|quantgate|node dist\/cli\.js)\b(.*)$/.exec(command) ?? [];
    return rest === undefined ? [] : [{ where, args: words(rest) }];
  });
}

/** The single commands of a shell's text: no comments, and a line that goes on is one. */
export function commandsOf(text: string): string[] {
  return text
    .replaceAll('\\\n', ' ')
    .split('\n')
    .map((line) => line.replace(/(^|\s+)# .*$/, '').trim())
    .flatMap((line) => line.split(' && '))
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function words(text: string): string[] {
  return [...text.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, a, b, c]) => (a ?? b ?? c)!);
}

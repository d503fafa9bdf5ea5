import { z } from 'zod';
import { tryJson } from '../json.ts';
import { plainJson, plainLine } from '../plain.ts';

/** What a comment asks for. */
export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'rerun' }
  | { readonly kind: 'apply' }
  | { readonly kind: 'explain'; readonly layer: string }
  /** `sha` is the whole head commit that was looked at: the first digits of one are easily made again. */
  | { readonly kind: 'accept'; readonly sha: string; readonly reason: string };

const PREFIX = '/quantgate ';
const LONGEST_LINE = 2000;
const LONGEST_LAYER = 1000;
const LONGEST_REASON = 500;

/**
 * The command in the first line of a comment; undefined if it is not exactly one. A layer's name is the rest of the
 * line, or a JSON string where it begins with a quote or has spaces at its ends.
 */
export function parseCommand(body: string): Command | undefined {
  const [line] = body.slice(0, LONGEST_LINE + 2).split(/\r?\n/, 1);
  if (line.length > LONGEST_LINE || !line.startsWith(PREFIX)) return undefined;
  const [, word, rest] = /^(\S*)(?: (.*))?$/su.exec(line.slice(PREFIX.length).trimEnd()) ?? [];
  switch (word) {
    case 'help':
    case 'rerun':
    case 'apply':
      return rest === undefined ? { kind: word } : undefined;
    case 'explain':
      return parseExplain(rest);
    case 'accept':
      return parseAccept(rest);
    default:
      return undefined;
  }
}

/** The line that `parseCommand` reads as this command, to be copied into a comment. */
export function writeCommand(command: Command): string {
  switch (command.kind) {
    case 'explain': {
      const { layer } = command;
      const isPlain = layer === plainLine(layer).trim() && !layer.startsWith('"');
      return `${PREFIX}explain ${isPlain ? layer : plainJson(JSON.stringify(layer))}`;
    }
    case 'accept':
      return `${PREFIX}accept ${command.sha} ${command.reason}`;
    default:
      return `${PREFIX}${command.kind}`;
  }
}

function parseExplain(rest = ''): Command | undefined {
  const layer = rest.startsWith('"') ? tryJson(rest, z.string()) : rest.trim();
  const fits = layer !== undefined && layer !== '' && layer.length <= LONGEST_LAYER;
  return fits ? { kind: 'explain', layer } : undefined;
}

function parseAccept(rest = ''): Command | undefined {
  const [, sha, reason] = /^([0-9a-f]{40}) (.+)$/su.exec(rest) ?? [];
  const text = reason?.trim();
  // Control and bidirectional characters would show another reason than the one given.
  if (!text || text.length > LONGEST_REASON || /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(text))
    return undefined;
  return { kind: 'accept', sha, reason: text };
}

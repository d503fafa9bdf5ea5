import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  Parser,
  parseDocument,
  visit,
} from 'yaml';
import { messageOf, printable, UserError } from '../errors.ts';

/** A YAML file as plain data, and where in the file its values stand. */
export interface YamlSource {
  readonly value: unknown;
  /** `file:line:column` of the value at `path` (with `key`: of its key), or of the nearest thing around it. */
  locate(path: readonly PropertyKey[], key?: boolean): string;
}

export const MAX_CONFIG_BYTES = 1024 * 1024;
const MAX_DEPTH = 32;
const MAX_ALIASES = 100;

/**
 * Reads YAML 1.2 of at most 1 MiB: one document of plain data without tags whose keys are different scalars.
 *
 * @throws UserError that names file, line and column
 */
export function readYaml(text: string, fileName: string): YamlSource {
  const { document, at } = parseYaml(text, fileName);
  return {
    value: plain(document, fileName),
    locate: (path, key = false) => at(offsetOf(document, path, key)),
  };
}

/** The nodes of a file that `readYaml` takes, and the `file:line:column` of an offset in it. */
export function parseYaml(text: string, fileName: string) {
  if (Buffer.byteLength(text) > MAX_CONFIG_BYTES)
    throw new UserError(`${fileName}: is larger than 1 MiB: shorten it`);
  const lineCounter = new LineCounter();
  const at = (offset: number) => {
    const { line, col } = lineCounter.linePos(offset);
    return `${fileName}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
  };
  if (isDeep(text)) throw new UserError(`${fileName}: nests more than ${MAX_DEPTH} levels deep: flatten it`);
  const document = parseDocument(text, {
    lineCounter,
    version: '1.2',
    schema: 'core',
    stringKeys: true,
    resolveKnownTags: false,
    prettyErrors: false,
  });
  const problem = [...document.errors, ...document.warnings][0] ?? surprise(document);
  if (problem) throw new UserError(`${at(problem.pos[0])}: ${printable(problem.message)}`);
  return { document, at };
}

/**
 * Composing recurses over the nesting, and a stack that overflows inside of a regular expression aborts the whole
 * process, so the depth is seen beforehand by the parser below it, which keeps its own stack.
 */
function isDeep(text: string): boolean {
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    for (const _ of parser.next(lexeme));
    if (parser.stack.length > MAX_DEPTH) return true;
  }
  return false;
}

/** What is valid YAML but not plain data: a tag, or the key that JavaScript objects treat in their own way. */
function surprise(
  document: Document,
): { readonly message: string; readonly pos: readonly number[] } | undefined {
  let found: ReturnType<typeof surprise>;
  const refuse = (message: string, node: unknown) => {
    found ??= { message, pos: [(node as Node).range?.[0] ?? 0] };
    return visit.BREAK;
  };
  visit(document, {
    Node: (_, node) =>
      'tag' in node && node.tag ? refuse('tags are not supported: remove it', node) : undefined,
    Pair: (_, { key }) =>
      isScalar(key) && key.value === '__proto__' ? refuse('"__proto__" cannot be a key', key) : undefined,
  });
  return found;
}

/** Aliases are expanded here, so both unknown ones and those that explode are found here. */
function plain(document: Document, fileName: string): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    throw new UserError(`${fileName}: ${printable(messageOf(error))}`);
  }
}

function offsetOf(document: Document, path: readonly PropertyKey[], key: boolean): number {
  let node: unknown = document.contents;
  let offset = 0;
  for (let depth = 0; depth <= path.length; depth++) {
    if (isAlias(node)) node = node.resolve(document);
    offset = (node as Node | undefined)?.range?.[0] ?? offset;
    if (depth === path.length) break;
    const segment = path[depth];
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === segment);
      if (key && depth === path.length - 1 && isScalar(pair?.key)) return pair.key.range?.[0] ?? offset;
      node = pair?.value;
    } else if (isSeq(node)) node = node.items[Number(segment)];
    else break;
  }
  return offset;
}

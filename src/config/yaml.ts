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
  type Scalar,
  visit,
  type YAMLError,
} from 'yaml';
import { messageOf, printable, quote, UserError } from '../errors.ts';

/** A YAML file as plain data, and where in the file its values stand. */
export interface YamlSource {
  readonly value: unknown;
  /** `file:line:column` of the value at `path` (with `key`: of its key), or of the nearest thing around it. */
  locate(path: readonly PropertyKey[], key?: boolean): string;
}

/** Bytes of a configuration. */
export const MAX_CONFIG_BYTES = 1024 * 1024;
/** Levels of maps and lists. */
const MAX_DEPTH = 32;
/** Keys, values and marks with the spaces and line ends between them: 20 or so for a pinned range. */
export const MAX_TOKENS = 400_000;
/** Aliases: each is a search through the file. */
export const MAX_ALIASES = 500;
/** Values that a file holds once its aliases are written out. */
export const MAX_VALUES = 200_000;
/** Times that aliases within aliases may multiply. */
const MAX_MULTIPLE = 100;

/**
 * Reads YAML 1.2 of at most 1 MiB, 32 levels and 200,000 values: one document of plain data without tags whose keys are
 * different scalars.
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
  const excess = excessOf(text);
  if (excess !== undefined) throw new UserError(`${fileName}: ${excess}`);
  const document = parseDocument(text, {
    lineCounter,
    version: '1.2',
    schema: 'core',
    stringKeys: true,
    // Compares every key with every other; `surprise` sees repeated ones.
    uniqueKeys: false,
    resolveKnownTags: false,
    prettyErrors: false,
  });
  const [first] = [...document.errors, ...document.warnings];
  const problem = first ? { message: inOurWords(first, text), pos: first.pos } : surprise(document);
  if (problem) throw new UserError(`${at(problem.pos[0])}: ${printable(problem.message)}`);
  return { document, at };
}

/** What the library says to those who program with it, for those who write a file. */
function inOurWords({ code, message }: YAMLError, text: string): string {
  if (code === 'MULTIPLE_DOCS') return `holds ${documentsIn(text)} documents: keep one, without a line "---"`;
  if (code === 'NON_STRING_KEY') return 'a key is a list or a map: write it as plain text';
  return message;
}

function documentsIn(text: string): number {
  return [...new Parser().parse(text)].filter(({ type }) => type === 'document').length;
}

/**
 * What a file has too much of, with what to do; undefined where nothing. Composing recurses over the nesting, and a stack that overflows inside of a regular expression aborts the whole
 * process, so the depth is seen beforehand by the parser below it, which keeps its own stack.
 */
function excessOf(text: string): string | undefined {
  const parser = new Parser();
  let tokens = 0;
  let aliases = 0;
  for (const lexeme of new Lexer().lex(text)) {
    for (const _ of parser.next(lexeme));
    if (parser.stack.length > MAX_DEPTH) return `nests more than ${MAX_DEPTH} levels deep: flatten it`;
    if (++tokens > MAX_TOKENS) return `has more than ${MAX_TOKENS} keys, values and marks: shorten it`;
    if (lexeme.startsWith('*') && ++aliases > MAX_ALIASES)
      return `has more than ${MAX_ALIASES} aliases: write some of them out`;
  }
  return undefined;
}

/** What is valid YAML but not plain data: a tag, a key twice, or the key that JavaScript objects treat in their own way. */
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
    Map: (_, { items }) => {
      const known = new Set<unknown>();
      for (const { key } of items.filter((item) => isScalar(item.key))) {
        const { value } = key as Scalar;
        if (value === '__proto__') return refuse('"__proto__" cannot be a key', key);
        if (known.has(value)) return refuse(`key ${quote(String(value))} is there twice: remove one`, key);
        known.add(value);
      }
      return undefined;
    },
  });
  return found;
}

/** Aliases are expanded here, so both unknown ones and those that explode are found here. */
function plain(document: Document, fileName: string): unknown {
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: MAX_MULTIPLE });
  } catch (error) {
    const said = messageOf(error);
    const isExcessive = said.startsWith('Excessive alias count');
    const excess = `its aliases multiply more than ${MAX_MULTIPLE} times: write some of them out`;
    throw new UserError(`${fileName}: ${isExcessive ? excess : printable(said)}`);
  }
  if (holdsTooMuch(value))
    throw new UserError(`${fileName}: has more than ${MAX_VALUES} values with its aliases: shorten it`);
  return value;
}

/** Aliases of a list or map are the same object, so that what is checked later is walked as often as it is named. */
function holdsTooMuch(value: unknown): boolean {
  const open = [value];
  for (let seen = 0; open.length > 0; seen++) {
    if (seen + open.length > MAX_VALUES) return true;
    const next = open.pop();
    if (typeof next === 'object' && next !== null) for (const inner of Object.values(next)) open.push(inner);
  }
  return false;
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

import { uniformInt } from 'pure-rand/distribution/uniformInt';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { mutatedJson } from './mutate-json.ts';

/** By how much inputs get longer: seldom by so much that work which grows faster than they do is seen. */
const GROWTHS = [...Array.from({ length: 30 }, () => 2 ** 14), 2 ** 20];

/** Bytes and numbers at the edges of what formats count with. */
const EDGES = [0, 1, 0x7f, 0x80, 0xff];
const EDGES_32 = [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff];

/** What every text format, terminal and page may stumble over. */
const TOKENS = [
  ...['\0', '\r\n', '\n', '\u001b[2J', '\u202e', '\u200b', '\ud800', '😀', '"', "'", '`', '\\', '\\u0000'],
  ...['[', ']', '{', '}', '[[', '{"', '":', ',', ': ', '- ', '#', '&a ', '*a', '!!', '|', '>', '<', '(', ')'],
  ...[
    '-1',
    '0',
    '1e400',
    '-0',
    '1e-400',
    '9007199254740993',
    '0x10',
    'NaN',
    'Infinity',
    'null',
    'true',
    '..',
    '/',
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    '@someone',
    'GH-1',
    '#1',
    '](http://a.b)',
    '<img src=x>',
    '::set-output',
  ],
];

/** One to eight changes of an input, of values where it is JSON. @param others of the corpus, to splice with */
export function mutated(
  input: Uint8Array,
  others: readonly Uint8Array[],
  tokens: readonly string[],
  random: RandomGenerator,
): Uint8Array {
  const below = (count: number) => uniformInt(random, 0, Math.max(count - 1, 0));
  const pick = <T>(values: readonly T[]): T => values[below(values.length)]!;
  const all = [...tokens, ...TOKENS];
  const json = below(2) === 0 ? mutatedJson(input, all, random) : undefined;
  if (json !== undefined) return json;
  const longest = input.length + pick(GROWTHS);
  let bytes: Uint8Array = Buffer.from(input);
  const span = () => {
    const start = below(bytes.length + 1);
    return [start, Math.min(bytes.length, start + below(pick([4, 16, 64, 1024])) + 1)] as const;
  };
  const put = (start: number, end: number, ...parts: Uint8Array[]) =>
    Buffer.concat([bytes.subarray(0, start), ...parts, bytes.subarray(end)]);
  const changes: readonly (() => Uint8Array)[] = [
    () => changed((at) => bytes[at]! ^ (1 << below(8))),
    () => changed(() => below(256)),
    () => changed(() => pick(EDGES)),
    () => withNumber(4),
    () => withNumber(2),
    () => put(...span()),
    () => bytes.subarray(0, below(bytes.length + 1)),
    () => {
      const at = below(bytes.length + 1);
      return put(at, at, Buffer.from(pick(all)));
    },
    () => put(...span(), Buffer.from(pick(all))),
    () => {
      const [start, end] = span();
      const times = pick([1, 2, 8, 100, 3000, 60_000]);
      const repeated = bytes.subarray(start, Math.min(end, start + Math.ceil(longest / times)));
      return put(end, end, Buffer.alloc(repeated.length * times, repeated));
    },
    () => {
      const other = pick(others);
      const start = below(other.length + 1);
      return put(...span(), other.subarray(start, start + below(pick([8, 64, 4096])) + 1));
    },
  ];
  function changed(value: (at: number) => number): Uint8Array {
    if (bytes.length === 0) return bytes;
    const at = below(bytes.length);
    bytes[at] = value(at);
    return bytes;
  }
  function withNumber(size: 2 | 4): Uint8Array {
    if (bytes.length < size) return bytes;
    const at = below(bytes.length - size + 1);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const value = pick(EDGES_32);
    if (size === 4) view.setUint32(at, value, below(2) === 0);
    else view.setUint16(at, value & 0xffff, below(2) === 0);
    return bytes;
  }
  for (let left = pick([1, 1, 1, 2, 4, 8]); left > 0; left--)
    bytes = Buffer.from(pick(changes)().subarray(0, longest));
  return bytes;
}

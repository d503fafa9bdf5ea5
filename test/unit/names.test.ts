import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const src = resolve(import.meta.dirname, '../../src');
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(
  // Generated from ONNX's own names.
  (path) => /\.tsx?$/.test(path) && !path.startsWith(join('onnx', 'gen')),
);

const declaration =
  /^export (?:declare |abstract |async )*(?:const|let|function\*?|class|interface|type|enum) ([\w$]+)/gm;

/** The keys that more than one value has, with these values. */
function repeated<T>(values: readonly T[], keysOf: (value: T) => readonly string[]): Record<string, T[]> {
  const byKey = new Map<string, T[]>();
  for (const value of values) {
    for (const key of new Set(keysOf(value))) byKey.set(key, [...(byKey.get(key) ?? []), value]);
  }
  return Object.fromEntries([...byKey].filter(([, found]) => found.length > 1));
}

describe('the names in src/', () => {
  it('mean one thing: no two files declare an export of the same name', () => {
    const exported = (path: string) =>
      [...readFileSync(join(src, path), 'utf8').matchAll(declaration)].map(([, name]) => name!);
    expect(files.flatMap(exported).length).toBeGreaterThan(500);
    expect(repeated(files, exported)).toEqual({});
  });

  it('of files are unique, but for index.ts', () => {
    const found = files.filter((path) => basename(path) !== 'index.ts');
    expect(repeated(found, (path) => [basename(path)])).toEqual({});
  });

  it('are declared where they are exported, but for what an index lists', () => {
    const lists = (path: string) =>
      /^export (?:type )?(?:\{|\*)/m.test(readFileSync(join(src, path), 'utf8'));
    expect(files.filter((path) => !path.endsWith('index.ts') && lists(path))).toEqual([]);
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const src = resolve(import.meta.dirname, '../../src');

/** The folders and files of src/, each of which imports from itself and from those before it only. */
const layers = [
  'errors.ts',
  'json.ts',
  'make-folder.ts',
  'sha256.ts',
  'version.ts',
  'words.ts',
  'numerics',
  'onnx',
  'targets',
  'runtime',
  'data',
  'calibrate',
  'quantization',
  'emulate',
  'attribute',
  'baseline',
  'gate',
  'config',
  'report',
  'steps',
  'run.ts',
  'github',
  'action',
  'cli',
];

const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));

interface Import {
  readonly from: string;
  /** Relative to src/, or the name of a package. */
  readonly to: string;
}

const imports = files.flatMap((from) =>
  [...readFileSync(join(src, from), 'utf8').matchAll(/\b(?:from|import)\s*\(?\s*'([^']+)'/g)].map(
    ([, to]): Import => ({ from, to: to!.startsWith('.') ? join(dirname(from), to!) : to! }),
  ),
);

const layerOf = (path: string) => path.split('/')[0]!;
const lines = (found: readonly Import[]) => found.map(({ from, to }) => `${from} imports ${to}`);

describe('the layers of src/', () => {
  it('are all named here', () => {
    expect([...new Set(files.map(layerOf))].sort()).toEqual([...layers].sort());
  });

  it('import from layers below them only', () => {
    const up = imports.filter(({ from, to }) => layers.indexOf(layerOf(to)) > layers.indexOf(layerOf(from)));
    expect(lines(up)).toEqual([]);
  });

  it('have no files that import each other in a circle', () => {
    const reached = (from: string, seen = new Set<string>()): Set<string> => {
      for (const { to } of imports.filter((each) => each.from === from && !seen.has(each.to)))
        reached(to, seen.add(to));
      return seen;
    };
    // The comparison of range methods is a part of advice, and shares its record of what was judged.
    const known = [join('steps', 'advise.ts'), join('steps', 'range-methods.ts')];
    const circular = files.filter((file) => !known.includes(file) && reached(file).has(file));
    expect(circular).toEqual([]);
  });

  it('reach ONNX Runtime by runtime alone, and the runner by action alone', () => {
    const owners: Readonly<Record<string, string>> = {
      'onnxruntime-node': 'runtime',
      '@actions/core': 'action',
    };
    const stray = imports.filter(({ from, to }) => (owners[to] ?? layerOf(from)) !== layerOf(from));
    expect(lines(stray)).toEqual([]);
  });

  it('keep the report and GitHub free of what runs models', () => {
    const running = ['onnx', 'calibrate', 'quantization', 'emulate', 'attribute', 'steps', 'run.ts'];
    const found = imports.filter(
      ({ from, to }) => ['report', 'github'].includes(layerOf(from)) && running.includes(layerOf(to)),
    );
    expect(lines(found)).toEqual([]);
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const src = resolve(import.meta.dirname, '../../src');

/** The folders and files of src/, each of which imports from itself and from those before it only. */
const layers = [
  'child-group.ts',
  'plain.ts',
  'errors.ts',
  'checked-content.ts',
  'json.ts',
  'lfs.ts',
  'paths.ts',
  'make-folder.ts',
  'read-file.ts',
  'sha256.ts',
  'version.ts',
  'write-whole.ts',
  'numerics',
  'words',
  'onnx',
  'runtime',
  'formats',
  'targets',
  'data',
  'metrics',
  'config',
  'quantization',
  'emulation',
  'recovery',
  'calibration',
  'evaluation',
  'verdict',
  'verification',
  'history',
  'baseline',
  'attribution',
  'advice',
  'report',
  'pipeline',
  'supervision',
  'github',
  'action',
  'cli',
];

const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((path) => /\.tsx?$/.test(path));

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

const layerOf = (path: string) => path.split('/')[0];
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
    const circular = files.filter((file) => reached(file).has(file));
    expect(circular).toEqual([]);
  });

  it('know the order of the stages in pipeline/ alone: what the stages run in, the Context, is handed to nothing below', () => {
    const taking = files.filter((path) => /\bContext\b/.test(readFileSync(join(src, path), 'utf8')));
    expect([...new Set(taking.map(layerOf))].sort()).toEqual(['action', 'cli', 'pipeline']);
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
    const running = ['onnx', 'calibration', 'quantization', 'emulation', 'attribution', 'pipeline'];
    const found = imports.filter(
      ({ from, to }) => ['report', 'github'].includes(layerOf(from)) && running.includes(layerOf(to)),
    );
    expect(lines(found)).toEqual([]);
  });
});

describe('the kinds of tests', () => {
  const test = resolve(import.meta.dirname, '..');
  const kinds = ['unit', 'alone', 'acceptance', 'corpus', 'fake-github', 'support'];

  it('import nothing from each other, but from support and the fake GitHub', () => {
    const found = readdirSync(test, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .flatMap((from) =>
        [...readFileSync(join(test, from), 'utf8').matchAll(/from '(\.[^']+)'/g)].map(([, to]) => ({
          from,
          to: join(dirname(from), to),
        })),
      )
      .filter(({ to }) => kinds.includes(layerOf(to)) && !['support', 'fake-github'].includes(layerOf(to)))
      .filter(({ from, to }) => layerOf(from) !== layerOf(to));
    expect(lines(found)).toEqual([]);
  });
});

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readInputs } from '../../../src/action/inputs.ts';

const read = (path: string) => readFileSync(resolve(import.meta.dirname, '../../..', path), 'utf8');

const action: { inputs: Record<string, object>; outputs: Record<string, object> } = parse(read('action.yml'));

/** Names in the first column of the table below a heading of docs/action.md. */
function documented(heading: string): string[] {
  const section = read('docs/action.md')
    .split(/^## /m)
    .find((text) => text.startsWith(`${heading}\n`));
  return [...(section ?? '').matchAll(/^\| `([\w-]+)` \|/gm)].map((match) => match[1]!).sort();
}

describe('the inputs', () => {
  const declared = Object.keys(action.inputs).sort();

  it('of action.yml are those that the code reads', () => {
    const asked = new Set<string>();
    readInputs((name) => {
      asked.add(name);
      return '';
    }, 'push');
    expect([...asked].sort()).toEqual(declared);
  });

  it('of action.yml are those of docs/action.md', () => {
    expect(documented('Inputs')).toEqual(declared);
  });
});

describe('the outputs', () => {
  const declared = Object.keys(action.outputs).sort();

  it('of action.yml are those that the code sets', () => {
    const set = [...read('src/action/main.ts').matchAll(/setOutput\('([\w-]+)'/g)].map((match) => match[1]);
    expect(set.sort()).toEqual(declared);
  });

  it('of action.yml are those of docs/action.md', () => {
    expect(documented('Outputs')).toEqual(declared);
  });
});

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { modes, readInputs } from '../../../src/action/inputs.ts';
import { outputNames } from '../../../src/action/mode.ts';
import { commentPolicies } from '../../../src/config/comment-policy.ts';

const read = (path: string) => readFileSync(resolve(import.meta.dirname, '../../..', path), 'utf8');

interface Described {
  readonly description: string;
}
const action: { inputs: Record<string, Described>; outputs: Record<string, Described> } = parse(
  read('action.yml'),
);

/** Names in the first column of the table below a heading of docs/action.md. */
function documented(heading: string): string[] {
  const section = read('docs/action.md')
    .split(/^## /m)
    .find((text) => text.startsWith(`${heading}\n`));
  return [...(section ?? '').matchAll(/^\| `([\w-]+)` \|/gm)].map((match) => match[1]).sort();
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

describe('the choices of an input', () => {
  it.each<[string, readonly string[]]>([
    ['mode', modes],
    ['comment', commentPolicies],
  ])('%s are named in action.yml and docs/action.md', (name, choices) => {
    const line = read('docs/action.md')
      .split('\n')
      .find((each) => each.startsWith(`| \`${name}\` |`));
    for (const choice of choices) {
      expect(action.inputs[name].description).toContain(choice);
      expect(line).toContain(`\`${choice}\``);
    }
  });
});

describe('the outputs', () => {
  const declared = Object.keys(action.outputs).sort();

  it('of action.yml are those that the code sets', () => {
    expect([...outputNames].sort()).toEqual(declared);
  });

  it('of action.yml are those of docs/action.md', () => {
    expect(documented('Outputs')).toEqual(declared);
  });
});

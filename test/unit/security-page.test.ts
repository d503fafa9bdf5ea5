import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/security.md'), 'utf8');
const rows = page.split('\n').filter((line) => /^\| \d+ \|/.test(line));
const shown = (row: string) => [...row.matchAll(/`([\w/-]+\.test\.ts)` “([^”]+)”/g)];

describe('docs/security.md', () => {
  it('names a test for each attack', () => {
    expect(rows.length).toBeGreaterThan(10);
    expect(rows.filter((row) => shown(row).length === 0)).toEqual([]);
  });

  it('names tests that there are', () => {
    const gone = rows
      .flatMap(shown)
      .filter(([, file, title]) => !readFileSync(join(root, 'test', file!), 'utf8').includes(title!))
      .map(([whole]) => whole);
    expect(gone).toEqual([]);
  });
});

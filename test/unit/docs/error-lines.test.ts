import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { repository, textOf } from '../../support/documents.ts';

const src = join(repository, 'src');
const sources = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => readFileSync(join(src, path), 'utf8'));

const section = textOf('docs/faq.md').split('## Error lines, and what to do')[1]!;
const lines = [...section.matchAll(/^\| `([^`]+)` \|/gm)].map(([, line]) => line!);

/** Between names and numbers, long enough to be found. */
const fixed = (line: string) =>
  line
    .split('…')
    .map((part) => part.replaceAll(/^[\s":()[\]]+|[\s":()[\]]+$/g, ''))
    .filter((part) => part.length > 8);

it('quotes 25 lines and more', () => {
  expect(lines.length).toBeGreaterThanOrEqual(25);
});

it.each(lines)('is a line that the sources say: %s', (line) => {
  const parts = fixed(line);
  expect(parts.length).toBeGreaterThan(0);
  expect(parts.filter((part) => !sources.some((text) => text.includes(part)))).toEqual([]);
});

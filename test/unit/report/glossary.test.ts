import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { anchors, linkedOnce, termLink } from '../../../src/report/glossary.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/glossary.md'), 'utf8');

/** As GitHub makes them of headings. */
const headings = new Set(
  [...page.matchAll(/^### (.*)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} -]/gu, '')
      .replaceAll(' ', '-'),
  ),
);

it('has a heading for every word that a report links', () => {
  expect(Object.values(anchors).filter((anchor) => !headings.has(anchor))).toEqual([]);
});

it('links a word where it is said first', () => {
  const twice = `${termLink('interval')} and ${termLink('interval', 'another')}, ${termLink('drop')}`;
  expect(linkedOnce(twice)).toBe(`${termLink('interval')} and another, ${termLink('drop')}`);
});

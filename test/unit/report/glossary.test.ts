import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { anchors, linkedOnce, termLink, termOf } from '../../../src/report/glossary.ts';

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

it('knows the words of a table by what they begin with', () => {
  expect(['Effective bits', 'SQNR on probes', 'Output noise, share', 'made by', 'Drop'].map(termOf)).toEqual([
    'effective bits',
    'SQNR',
    'output noise',
    'made by',
    'drop',
  ]);
  expect(['Rank', 'Dropped', 'ranges'].map(termOf)).toEqual([undefined, undefined, undefined]);
});

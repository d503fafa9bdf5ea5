import { expect, it } from 'vitest';
import { PARTS } from '../../../bench/parts/index.ts';
import { textOf } from '../../support/documents.ts';

const page = textOf('docs/performance.md');

it('has the tables that npm run bench writes, in their order', () => {
  const [, made] = page.split('<!-- made by npm run bench, from here -->');
  const titles = [...made.split('<!-- to here -->')[0].matchAll(/^### (.+)$/gm)].map(([, title]) => title);
  expect(titles).toEqual(Object.values(PARTS).map(({ title }) => title));
});

it('names parts of the benchmark that there are', () => {
  const named = [...page.matchAll(/^npm run bench -- (\w+)/gm)].map(([, name]) => name);
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter((name) => !Object.hasOwn(PARTS, name))).toEqual([]);
});

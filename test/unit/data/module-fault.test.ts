import { expect, it } from 'vitest';
import { moduleFault } from '../../../src/data/module-fault.ts';

const path = '/home/me/a b/metric.mjs';
const thrown = (error: Error, stack: string) => Object.assign(error, { stack });

it('says the kind of an error of JavaScript, its words and the line of the module', () => {
  const stack = `TypeError: f is not a function
    at helper (file:///home/me/other.mjs:9:1)
    at score (file:///home/me/a%20b/metric.mjs:12:7)`;
  expect(moduleFault(thrown(new TypeError('f is not a\nfunction'), stack), path)).toBe(
    'TypeError: f is not a function, at line 12',
  );
  expect(moduleFault(new Error('no boxes in the label'), path)).toBe('no boxes in the label');
  expect(moduleFault('gone', path)).toBe('gone');
});

it('is one short line of whatever was thrown', () => {
  const unreadable = Object.defineProperty(new Error('gone'), 'stack', {
    get() {
      throw new Error('again');
    },
  });
  expect(moduleFault(unreadable, path)).toBe('gone');
  expect(moduleFault(thrown(new Error('x'.repeat(5000)), ''), path).length).toBeLessThanOrEqual(200);
  expect(moduleFault(new Error(''), path)).toBe('without a message');
  expect(moduleFault(null, path)).toBe('null');
});

import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';

const src = resolve(import.meta.dirname, '../../src');

/** The lines `@example expression // value` of docstrings; the expression calls what its own file exports. */
const examples = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .flatMap((path) =>
    [...readFileSync(join(src, path), 'utf8').matchAll(/@example (.+?) \/\/ (.+)$/gm)].map(
      ([, expression, value]) => ({ path, expression, value }),
    ),
  );

/** Numbers with the digits that an example shows. */
const shortened = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_, each) => (typeof each === 'number' ? Number(each.toPrecision(5)) : each)),
  );

describe('the examples in docstrings', () => {
  it('are there', () => {
    expect(examples.length).toBeGreaterThan(15);
  });

  it.each(examples)('$path: $expression', async ({ path, expression, value }) => {
    const exported: Record<string, unknown> = await import(pathToFileURL(join(src, path)).href);
    const evaluate = (code: string): unknown =>
      new Function(...Object.keys(exported), `return (${code});`)(...Object.values(exported));
    expect(shortened(evaluate(expression))).toEqual(shortened(evaluate(value)));
  });
});

import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { madeParts, withPart } from '../../../scripts/pages/made-parts.ts';
import type { Schema } from '../../../scripts/pages/schema-words.ts';
import { configSchema } from '../../../src/config/config-schema.ts';
import { textOf } from '../../support/documents.ts';

describe.each(madeParts().map(({ file, text }) => [`docs/${file}`, text]))('%s', (file, text) => {
  it('is up to date: run npm run schemas', () => {
    expect(textOf(file)).toBe(withPart(textOf(file), text));
  });
});

describe('the keys of quantgate.yml', () => {
  const keys = keysOf(z.toJSONSchema(configSchema, { io: 'input' }) as Schema, '');

  it('say what they mean', () => {
    expect(keys.length).toBeGreaterThan(50);
    expect(keys.filter(([, { description }]) => !/\w/.test(description ?? '')).map(([key]) => key)).toEqual(
      [],
    );
  });
});

/** Every key, with what the schema says of it. */
function keysOf(
  { properties = {}, anyOf = [], items, additionalProperties }: Schema,
  path: string,
): [string, Schema][] {
  const below = [
    ...anyOf,
    ...(items ? [items] : []),
    ...(additionalProperties ? [additionalProperties] : []),
  ];
  return [
    ...Object.entries(properties).flatMap(([name, schema]): [string, Schema][] => [
      [`${path}${name}`, schema],
      ...keysOf(schema, `${path}${name}.`),
    ]),
    ...below.flatMap((schema) => keysOf(schema, path)),
  ];
}

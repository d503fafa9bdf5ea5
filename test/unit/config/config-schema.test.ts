import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { configSchema } from '../../../src/config/config-schema.ts';
import { sampleConfig, smallConfig } from '../../support/sample-configs.ts';

const published = JSON.parse(readFileSync('schema/quantgate.schema.json', 'utf8'));
const conforms = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(published);
const accepts = (value: unknown) => configSchema.safeParse(value).success;

describe('schema/quantgate.schema.json', () => {
  it('is up to date: run npx tsx scripts/write-schemas.ts', () => {
    expect(published).toEqual(JSON.parse(JSON.stringify(z.toJSONSchema(configSchema, { io: 'input' }))));
  });

  it.each([
    ['every key', sampleConfig],
    ['the least', smallConfig],
    ['the example', readFileSync('examples/signs/quantgate.yml', 'utf8')],
  ])('accepts what the reader accepts: %s', (_, text) => {
    expect(accepts(parse(text))).toBe(true);
    expect(conforms(parse(text))).toBe(true);
  });

  it.each([
    ['an unknown key', 'provider', 'povider'],
    ['an unknown provider', 'provider: cpu', 'provider: tpu'],
    ['an unknown comment policy', 'comment: on-failure', 'comment: often'],
    ['a baseline of two kinds', 'baselines/main', '{ release: v1, folder: baselines }'],
    ['an unknown chip', '- tensorrt', '- tensorrtx'],
    ['an unknown metric', 'name: top5', 'name: top7'],
    ['a path outside', 'models/signs.onnx', '../signs.onnx'],
    ['an absolute path', 'models/signs.onnx', '/signs.onnx'],
    ['one end of a range', '[0, 500]', '[0]'],
    ['three ends of a range', '[0, 500]', '[0, 500, 501]'],
    ['half a sample', '[0, 500]', '[0.5, 500]'],
    ['a drop in words', '1.0pp', 'one'],
    ['a missing key', 'alpha: 0, ', ''],
    ['a step of zero', '[4, 5, 6]', '[4, 0, 6]'],
    ['an unknown step', '[equalize, correct-bias', '[equalise, correct-bias'],
    ['a layer that is not in floating point', 'float: true', 'float: false'],
    ['bits of a layer beyond all chips', 'activation-bits: 12', 'activation-bits: 17'],
    ['a text for a flag', 'bgr: true', 'bgr: "true"'],
  ])('refuses what the reader refuses: %s', (_, before, after) => {
    const value = parse(sampleConfig.replace(before, after));
    expect(accepts(value)).toBe(false);
    expect(conforms(value)).toBe(false);
  });

  it('describes every key of the top level and of a model to editors', () => {
    const model = published.properties.models.items.properties;
    for (const key of Object.values<{ description?: string }>({ ...published.properties, ...model })) {
      expect(key.description).toMatch(/\w/);
    }
  });
});

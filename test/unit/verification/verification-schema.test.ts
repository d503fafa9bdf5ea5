import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  type Verification,
  verificationSchema,
  verifiedOf,
} from '../../../src/verification/verification-schema.ts';
import { checkedTarget } from '../../support/checked-target.ts';

const published = JSON.parse(readFileSync('schema/verify.schema.json', 'utf8'));
const conforms = new Ajv2020({ strict: true, formats: { 'date-time': true } }).compile(published);
const DATE = '2026-11-29T01:02:03.000Z';

const verification: Verification = {
  version: 1,
  tool: { name: 'quantgate', version: '0.1.0' },
  date: DATE,
  models: [
    {
      name: 'm',
      modelSha256: 'ab'.repeat(32),
      dataSha256: 'cd'.repeat(32),
      targets: [
        checkedTarget,
        { target: 'rknn', chip: 'rknn', outcome: 'error', reasons: ['not installed'] },
      ],
    },
  ],
};

describe('schema/verify.schema.json', () => {
  it('is up to date: run npx tsx scripts/write-schemas.ts', () => {
    const schema = z.toJSONSchema(verificationSchema, { io: 'input' });
    expect(published).toEqual(JSON.parse(JSON.stringify(schema)));
  });

  it('accepts what the reader accepts', () => {
    expect(verificationSchema.parse(verification)).toEqual(verification);
    expect(conforms(verification)).toBe(true);
    const other = { ...verification, models: [{ ...verification.models[0], name: '../m' }] };
    expect(verificationSchema.safeParse(other).success).toBe(false);
    expect(conforms(other)).toBe(false);
  });
});

it('what others keep of a check is its figures, and what is not known is left out', () => {
  const { equalShare, sqnrDb, ...bare } = checkedTarget;
  const kept = {
    outcome: 'differs',
    library: 'Qualcomm HTP',
    version: '2.31',
    date: DATE,
    predicted: 0.914,
    measured: 0.896,
    samples: 400,
  };
  expect(verifiedOf(checkedTarget, DATE)).toEqual({ ...kept, equalShare, sqnrDb });
  expect(verifiedOf(bare, DATE)).toEqual(kept);
});

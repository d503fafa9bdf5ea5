import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { UserError } from '../../../src/errors.ts';
import { parseReport } from '../../../src/report/parse.ts';
import { reportSchema } from '../../../src/report/report-schema.ts';
import { attributed, failing, passing, sampleReport } from '../../support/sample-reports.ts';

const published = JSON.parse(readFileSync('schema/report.schema.json', 'utf8'));
const conforms = new Ajv2020({ strict: true, formats: { 'date-time': true } }).compile(published);
const json = (value: unknown) => JSON.parse(JSON.stringify(value));
const failed = { target: 'snpe', chip: 'snpe', verdict: 'error', reasons: ['NaN in conv1'] } as const;

describe('schema/report.schema.json', () => {
  it('is up to date: run npx tsx scripts/write-schemas.ts', () => {
    expect(published).toEqual(json(z.toJSONSchema(reportSchema, { io: 'input' })));
  });

  it('accepts what the reader accepts', () => {
    for (const targets of [[passing], [passing, failing], [failed, failing], [attributed]]) {
      const report = json(sampleReport(targets));
      expect(parseReport(report)).toEqual(report);
      expect(conforms(report)).toBe(true);
    }
  });
});

describe('parseReport', () => {
  const metric = passing.metric;
  it.each([
    ['an unknown key', { ...passing, html: '<b>' }],
    ['a verdict without a metric', { ...failed, verdict: 'pass' }],
    ['a number that is none', { ...passing, metric: { ...metric, drop: Number.NaN } }],
    ['an infinite number', { ...passing, metric: { ...metric, interval: [0, Number.POSITIVE_INFINITY] } }],
    ['a file outside of the folder', { ...passing, files: ['../../x'] }],
    ['a target that is no name', { ...passing, target: 'a"]\n```' }],
    ['a name without end', { ...passing, notQuantized: [{ layer: 'x'.repeat(1025), op: 'Conv', why: '' }] }],
    ['a share above the whole', { ...attributed, layers: [{ ...attributed.layers[0], clipRate: 1.1 }] }],
    [
      'an action that is no word',
      { ...attributed, remedies: [{ ...attributed.remedies![0], action: '<b>' }] },
    ],
    [
      'a suggestion of nothing',
      { ...attributed, suggestion: { changes: [], measured: { quantized: 1, drop: 0 } } },
    ],
    ['too many reasons', { ...passing, reasons: Array(51).fill('x') }],
  ])('refuses %s', (_, target) => {
    const report = {
      ...sampleReport([passing]),
      models: [{ ...sampleReport([passing]).models[0], targets: [target] }],
    };
    expect(() => parseReport(report)).toThrow(UserError);
    expect(conforms(report)).toBe(false);
  });

  it('refuses a verdict that is better than the worst target', () => {
    const report = { ...sampleReport([passing, failing]), verdict: 'pass' };
    expect(() => parseReport(report)).toThrow(
      'report.json is not a report of this version of quantgate (verdict: is not the worst of the targets)',
    );
  });

  it('refuses a pass that judged nothing', () => {
    expect(() => parseReport({ ...sampleReport([passing]), models: [] })).toThrow(UserError);
  });

  it('throws nothing but UserErrors of one line, whatever the value', () => {
    const hostile = fc.oneof(
      fc.anything(),
      fc
        .dictionary(fc.string({ unit: 'binary' }), fc.anything())
        .map((more) => ({ ...sampleReport([passing]), ...more })),
    );
    fc.assert(
      fc.property(hostile, (value) => {
        try {
          parseReport(value);
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
          expect((error as Error).message).not.toMatch(/\p{Cc}/u);
        }
      }),
    );
  });
});

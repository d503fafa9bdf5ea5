import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readBaseline, writeBaseline } from '../../src/baseline/baseline.ts';
import { readCalibration } from '../../src/calibration/calibration-record.ts';
import { UserError } from '../../src/errors.ts';
import { emptyEvaluation } from '../../src/evaluation/evaluation.ts';
import { readEvaluation, writeEvaluation } from '../../src/evaluation/evaluation-record.ts';
import { cambriconCatch } from '../../src/formats/cambricon-catch.ts';
import { checkJson, parseJson, tryJson } from '../../src/json.ts';
import { metricOf } from '../../src/metrics/metric-module.ts';
import { createHistogram } from '../../src/numerics/histogram.ts';
import { fromPlain, toPlain } from '../../src/numerics/histogram-plain.ts';

const schema = z.strictObject({ a: z.array(z.number()).optional(), any: z.json().optional() });
const wanted = { where: 'x.json', what: 'a list', remedy: 'make it again', maxBytes: 200_000 };
const parse = (text: string | Uint8Array) => parseJson(text, schema, wanted);

function messageFrom(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('JSON from outside', () => {
  it('is read when it is as the schema says, as text or as UTF-8', () => {
    expect(parse('{"a":[1]}')).toEqual({ a: [1] });
    expect(parse(Buffer.from('{"a":[1]}'))).toEqual({ a: [1] });
    expect(checkJson({ a: [1] }, schema, wanted)).toEqual({ a: [1] });
    expect(tryJson('{"a":[1]}', schema)).toEqual({ a: [1] });
  });

  it.each<[string, string | Uint8Array, RegExp]>([
    ['no JSON', '{', /^x\.json is not a list \(no JSON: .+\): make it again$/],
    ['no UTF-8', Buffer.from([0xff, 0x7b]), /\(no JSON: .+\)/],
    ['another form', '{"a":["b"]}', /\(a\.0: Invalid input: expected number, received string\)/],
    ['of another form at the top', '[]', /\(all of it: Invalid input/],
    [
      'nested deeper than the stack',
      `{"any":${'['.repeat(50_000)}${']'.repeat(50_000)}}`,
      /nested too deeply/,
    ],
    ['too large', `{"a":[${'1,'.repeat(100_000)}1]}`, /\(larger than 200000 bytes\)/],
  ])('is refused when it is %s', (_, text, message) => {
    expect(messageFrom(() => parse(text))).toMatch(message);
  });

  it('names a key without a visible character in quotes', () => {
    const record = z.record(z.string(), z.number());
    expect(messageFrom(() => parseJson('{"":"x"}', record, wanted))).toContain('("": Invalid input');
    expect(messageFrom(() => parseJson('{"\\u0007":"x"}', record, wanted))).toContain('("": Invalid input');
  });

  // Everything else is as it should be, so that the key is what the message is about.
  const key = '\u001b[2J\u001b[31mhidden\u202e';
  const sha256 = 'a'.repeat(64);
  const common = { model: 'm', modelSha256: sha256, dataSha256: sha256 };
  const calibration = { quantgateCalibration: 1, ...common, ranges: [[0, 1]], tensors: [] };
  const baseline = writeBaseline({
    ...common,
    metric: 'top1',
    value: 1,
    scores: [1],
    references: [],
    targets: [],
    tool: '0',
    provider: 'cpu',
    commit: null,
    date: '2026-01-31T00:00:00Z',
  });
  const evaluation = writeEvaluation({
    identity: { ...common, calibrationSha256: sha256, settingsSha256: sha256, provider: 'cpu', tool: '0' },
    shard: { index: 1, count: 1 },
    range: [0, 1],
    results: new Map([['fp32', { ...emptyEvaluation(), value: 1, scores: [1], greatest: [0] }]]),
    failures: new Map(),
  });
  const withKey = (text: string) => JSON.stringify({ ...JSON.parse(text), [key]: 1 });
  it.each<[string, () => unknown]>([
    ['a calibration', () => readCalibration(withKey(JSON.stringify(calibration)), 'x.json')],
    ['a baseline', () => readBaseline(withKey(baseline), 'x.json')],
    ['an evaluation', () => readEvaluation(withKey(evaluation), 'x.json')],
    ['a parameter file', () => cambriconCatch.read(withKey('{"quantgateCatch":1,"layers":[]}'), 'x.json')],
    ['a histogram', () => fromPlain({ ...toPlain(createHistogram()), [key]: 1 })],
    [
      'a metric module',
      () => metricOf({ name: 'x', higherIsBetter: true, score: () => 0, [key]: 1 }, 'x.mjs'),
    ],
  ])('never reaches a terminal raw: %s', (_, read) => {
    const message = messageFrom(read);
    expect(message).toContain('hidden');
    expect(message).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(message).not.toMatch(/\(:|: :/);
  });

  it('of a baseline may be nested deeper than the stack', () => {
    const score = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
    expect(messageFrom(() => readBaseline(`{"scores":[${score}]}`, 'x.json'))).toContain('nested too deeply');
  });

  it('that may be anything else is undefined when it is', () => {
    for (const text of ['', '{', '[]', '{"b":1}']) expect(tryJson(text, schema)).toBeUndefined();
  });

  it('is parsed in src/json.ts, and on the page that a browser opens, alone', () => {
    const src = resolve(import.meta.dirname, '../../src');
    const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((path) =>
      path.endsWith('.ts'),
    );
    const parsing = files.filter((path) => readFileSync(join(src, path), 'utf8').includes('JSON.parse('));
    expect(parsing.toSorted()).toEqual(['json.ts', 'report/html/read-report.ts']);
  });
});

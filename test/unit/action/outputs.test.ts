import { describe, expect, it } from 'vitest';
import { reportOutputs } from '../../../src/action/outputs.ts';
import type { JudgedTarget } from '../../../src/report/report-schema.ts';
import {
  attributed,
  estimated,
  passing,
  regressed,
  sampleLayer,
  sampleReport,
} from '../../support/sample-reports.ts';

const losing = (drop: number, layer?: string): JudgedTarget => ({
  ...passing,
  metric: { ...passing.metric, drop },
  layers: [
    { ...sampleLayer, name: 'second', rank: 2 },
    ...(layer === undefined ? [] : [{ ...sampleLayer, name: layer, rank: 1 }]),
  ],
});
const unread = { target: 'snpe', chip: 'snpe', verdict: 'error', reasons: ['no'] } as const;

describe('the outputs', () => {
  it('are verdict, drop and worst layer of the target that loses most', () => {
    const report = sampleReport([losing(0.1, 'a'), attributed, losing(0.3, 'b'), losing(0.2, 'c'), unread]);
    expect(reportOutputs(report)).toEqual({ verdict: 'error', drop: 0.3, 'worst-layer': 'b' });
  });

  it('are what was lost against the base, where there is one', () => {
    expect(reportOutputs(sampleReport([regressed, losing(0.1)]))).toMatchObject({
      drop: 0.1,
      regression: 0.016,
      training: 0.0149,
    });
  });

  it('look at the targets of all models', () => {
    const [first] = sampleReport([losing(0.1, 'a')]).models;
    const [other] = sampleReport([losing(0.2, 'b')]).models;
    const report = sampleReport([], { models: [first, { ...other, name: 'other' }], verdict: 'pass' });
    expect(reportOutputs(report)).toMatchObject({ drop: 0.2, 'worst-layer': 'b' });
  });

  it('have the likeliest layer where not all were measured', () => {
    expect(reportOutputs(sampleReport([estimated]))['worst-layer']).toBe('fc');
  });

  it('have no layer where errors were not attributed', () => {
    expect(reportOutputs(sampleReport([losing(0.1)]))).toEqual({ verdict: 'pass', drop: 0.1 });
  });

  it('have no drop where nothing could be judged or nothing has changed', () => {
    expect(reportOutputs(sampleReport([unread]))).toEqual({ verdict: 'error' });
    expect(reportOutputs(sampleReport([], { models: [], verdict: 'pass', unchanged: 'all is' }))).toEqual({
      verdict: 'pass',
    });
  });

  it.each([
    ['block1/conv.2:out-a_b', 'block1/conv.2:out-a_b'],
    ['$(curl evil)', '__curl_evil_'],
    ['a";rm -rf *\n::set-output', 'a__rm_-rf___::set-output'],
    ['x'.repeat(300), 'x'.repeat(200)],
  ])('keep nothing of a name that means something to a shell: %j', (name, plain) => {
    expect(reportOutputs(sampleReport([losing(0.1, name)]))['worst-layer']).toBe(plain);
  });
});

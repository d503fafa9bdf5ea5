import { expect, it } from 'vitest';
import type { Report } from '../../../src/report/report-schema.ts';
import { stageTimes, timesLines } from '../../../src/report/stage-times.ts';
import { passing, sampleReport } from '../../support/sample-reports.ts';

const taking = (seconds: Record<string, number>, models = 1) => {
  const report = sampleReport([passing]);
  const all = Array.from({ length: models }, (_, i) => ({ ...report.models[0], name: `m${i}` }));
  return { models: all, times: { ...report.times, seconds } };
};

it('are the longest first, those of less than a hundredth together', () => {
  const seconds = {
    'm0/load': 0.05,
    'm0/fp32': 2,
    'm0/snpe': 6.2,
    'm0/snpe/attribute': 11.7,
    'm0/judge': 0.05,
  };
  const report = taking(seconds);
  expect(stageTimes(report)).toEqual({
    stages: [
      { stage: 'snpe/attribute', seconds: 11.7 },
      { stage: 'snpe', seconds: 6.2 },
      { stage: 'fp32', seconds: 2 },
      { stage: 'others', seconds: expect.closeTo(0.1, 9) },
    ],
    seconds: expect.closeTo(20, 9),
  });
  expect(timesLines(report)).toEqual(['20 s: snpe/attribute 12 s, snpe 6.2 s, fp32 2.0 s, others 0.1 s']);
});

it('name the model where there are several', () => {
  expect(timesLines(taking({ 'm0/fp32': 2, 'm1/fp32': 3 }, 2))).toEqual([
    '5.0 s: m1/fp32 3.0 s, m0/fp32 2.0 s',
  ]);
});

it('are nothing where nothing was measured', () => {
  expect(stageTimes(taking({}))).toEqual({ stages: [], seconds: 0 });
  expect(timesLines(taking({}))).toEqual([]);
});

it('are those of each runner, where others explained', () => {
  const { models, times } = taking({ 'm0/fp32': 2 });
  const explained: Report['times']['explained'] = [
    { shard: '1/2', seconds: { 'm0/snpe/attribute': 30 } },
    { shard: '2/2', seconds: {} },
  ];
  expect(timesLines({ models, times: { ...times, explained } })).toEqual([
    '2.0 s: fp32 2.0 s',
    'explanation 1/2, 30 s: snpe/attribute 30 s',
  ]);
});

import { expect, it } from 'vitest';
import { likelyLeadersSentence } from '../../../src/report/likely-sentence.ts';
import { parseReport } from '../../../src/report/parse.ts';
import type { JudgedTarget } from '../../../src/report/report-schema.ts';
import { attributed, estimated, passing, sampleReport } from '../../support/sample-reports.ts';

const likely = estimated.likelyLeaders!;
const sentenceOf = (changes: Partial<typeof likely>, target: Partial<JudgedTarget> = {}) =>
  likelyLeadersSentence({ ...estimated, ...target, likelyLeaders: { ...likely, ...changes } });

it('says which layers likely cost the most, that it is an estimate, and from what', () => {
  expect(parseReport(sampleReport([estimated])).models[0].targets[0]).toEqual(estimated);
  expect(likelyLeadersSentence(estimated)).toBe(
    '`fc` (about 50 % of the output noise) and `/conv1/Conv` (about 13 % of the output noise) are likely the costliest layers: an estimate from every layer quantized alone on 2 samples',
  );
});

it('says how many of the layers were measured, and on what samples', () => {
  const layers = Array.from({ length: 1200 }, () => estimated.layers[0]);
  const one = {
    layers: [{ layer: 'fc', impact: 0.002 }],
    measured: 8,
    probeSamples: 1,
    probesCalibrated: true,
  };
  expect(sentenceOf(one, { layers })).toBe(
    '`fc` (about 50 % of the output noise) is likely the costliest layer: an estimate from 8 of 1,200 layers, each quantized alone on 1 calibration sample',
  );
});

it('leaves out a share that is not known', () => {
  for (const changes of [{ fullNsr: undefined }, { fullNsr: 0 }, { layers: [{ layer: 'fc' }] }])
    expect(sentenceOf({ layers: likely.layers.slice(0, 1), ...changes })).toMatch(/^`fc` is likely/);
});

it('is nothing where all layers were measured, or none was', () => {
  expect(likelyLeadersSentence(attributed)).toBe('');
  expect(likelyLeadersSentence(passing)).toBe('');
});

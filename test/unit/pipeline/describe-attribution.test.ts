import { expect, it } from 'vitest';
import { describeAdvice, describeUnit } from '../../../src/pipeline/describe-attribution.ts';
import { parseReport } from '../../../src/report/parse.ts';
import { passing, sampleLayer, sampleReport } from '../../support/sample-reports.ts';
import { attributionOf, unit } from '../advice/findings.ts';

const measured = unit('/conv1/Conv', 'weightRound');
const nothing = { suggestion: null, remedies: [], rangeMethods: [] };
const infinite = {
  ...measured,
  local: { nsr: Number.POSITIVE_INFINITY, shares: undefined, clipRate: 0 },
  impact: { nsr: Number.POSITIVE_INFINITY, worstSample: 1, samples: 8 },
};

it('makes fields that the report accepts, without infinities', () => {
  for (const each of [measured, infinite]) {
    const attribution = attributionOf(each);
    const target = {
      ...passing,
      ...describeAdvice(attribution, false, ['scores'], nothing),
      layers: [{ ...sampleLayer, ...describeUnit(each) }],
    };
    expect(parseReport(sampleReport([target])).models[0].targets[0]).toEqual(target);
  }
  expect(describeUnit(measured)).toMatchObject({ rank: 1, impact: 0.1, sqnrDb: 20 });
  expect(describeUnit(infinite)).not.toHaveProperty('impact');
  expect(
    describeAdvice(
      { ...attributionOf(), fullNsr: Number.POSITIVE_INFINITY, additivity: 0 },
      true,
      [],
      nothing,
    ),
  ).toEqual({
    additivity: 0,
    suggestion: null,
    remedies: [],
  });
});

it('says how units rank and what they cost, and of unranked ones their own error alone', () => {
  const { rank: _, impact: __, ...late } = measured;
  const own = { cumulativeNsr: 0.01, sqnrDb: 20, clipRate: 0, shares: measured.local.shares };
  expect(describeUnit(measured)).toEqual({
    rank: 1,
    impact: 0.1,
    worstSample: 0.2,
    impactSamples: 8,
    ...own,
  });
  expect(describeUnit(late)).toEqual(own);
  expect(describeUnit(infinite)).toEqual({
    rank: 1,
    worstSample: 1,
    impactSamples: 8,
    cumulativeNsr: 0.01,
    clipRate: 0,
  });
});

it('says what the noise of the whole is, and where it was measured', () => {
  const whole = { fullNsr: 0.2, ranking: 'alone', destroyed: false, probeSamples: 8 };
  const described = (measuredAt: string[]) =>
    describeAdvice(attributionOf(measured), true, measuredAt, nothing);
  expect(described([])).toEqual({
    additivity: 1,
    attribution: { ...whole, probesCalibrated: true },
    suggestion: null,
    remedies: [],
  });
  const many = Array.from({ length: 100 }, (__, i) => `t${i}`);
  expect(described(['t0']).attribution).toEqual({ ...whole, probesCalibrated: true, measuredAt: ['t0'] });
  expect(described(many).attribution!.measuredAt).toEqual(many.slice(0, 64));
});

it('keeps range methods with finite noise, and advice as it was given', () => {
  const change = { tensor: 'x', alpha: 0, beta: 1, predictedGainDb: 6, predictedGainBits: 1 };
  const suggestion = { changes: [change], measured: { quantized: 0.9, drop: 0.1 } };
  const remedy = {
    unit: 'fc',
    cause: { share: 'output', value: 1 },
    action: 'keep-in-float',
    sentence: 'Keep it.',
  } as const;
  const rangeMethods = [
    { range: 'mse', outputNsr: 0.1, isUsed: true },
    { range: 'kl', outputNsr: Number.POSITIVE_INFINITY, isUsed: false },
  ] as const;
  const advised = { suggestion, remedies: [remedy], rangeMethods };
  expect(describeAdvice(attributionOf(measured), false, [], advised)).toMatchObject({
    suggestion,
    remedies: [remedy],
    rangeMethods: [rangeMethods[0]],
  });
});

import { expect, it } from 'vitest';
import { describeAdvice, describeUnit } from '../../../src/pipeline/describe-attribution.ts';
import { parseReport } from '../../../src/report/parse.ts';
import { attributionOf, unit } from '../advice/findings.ts';
import { passing, sampleLayer, sampleReport } from '../report/sample.ts';

const measured = unit('/conv1/Conv', 'weightRound');
const nothing = { suggestion: null, remedies: [], rangeMethods: [] };
const infinite = {
  ...measured,
  local: { nsr: Number.POSITIVE_INFINITY, shares: undefined, clipRate: 0 },
  impact: { nsr: Number.POSITIVE_INFINITY, kl: 0, worstSample: 1 },
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

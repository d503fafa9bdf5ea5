import { describe, expect, it } from 'vitest';
import { failingCauses } from '../../../src/report/failing-causes.ts';
import { attributed, passing, regressed, sampleReport } from '../../support/sample-reports.ts';

const failed = { target: 'rknn', chip: 'rknn', verdict: 'error' as const, reasons: ['no kernel for X'] };
const weights =
  'Weights cost the most: "dw13/conv" alone makes 61 % of the output noise, 98 % of it weight rounding';

describe('the causes of targets that do not pass', () => {
  it('are one for those that share it, in the order of the report', () => {
    const report = sampleReport([passing, attributed, failed, { ...attributed, target: 'qnn' }]);
    expect(failingCauses(report)).toEqual([
      { words: weights, of: [attributed.target, 'qnn'] },
      { words: 'no kernel for X', of: ['rknn'] },
    ]);
  });

  it('name the model where there are several', () => {
    const [one] = sampleReport([attributed]).models;
    expect(failingCauses({ models: [one, { ...one, name: 'faces' }] })).toEqual([
      { words: weights, of: [`signs on ${attributed.target}`, `faces on ${attributed.target}`] },
    ]);
  });

  it('blame no layer for what training lost', () => {
    expect(failingCauses(sampleReport([regressed]))[0].words).toBe(regressed.reasons[0]);
  });

  it('leave out a model of which no target could be judged', () => {
    expect(failingCauses(sampleReport([failed, { ...failed, target: 'tensorrt' }]))).toEqual([]);
  });
});

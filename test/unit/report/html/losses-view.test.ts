import { describe, expect, it } from 'vitest';
import { lossesDomain, lossesOf } from '../../../../src/report/html/view/losses-view.ts';
import { failing, passing, regressed } from '../../../support/sample-reports.ts';

describe('the losses of a target', () => {
  it('are one without a base, and three beside one', () => {
    expect(lossesOf(passing).map(({ by }) => by)).toEqual(['by quantization']);
    expect(lossesOf(regressed).map(({ by, from }) => [by, from])).toEqual([
      ['by training', 'base FP32'],
      ['by quantization', 'head FP32'],
      ['on the chip', 'base INT8'],
    ]);
  });

  it('are drawn beside no loss and the budget, but not further than a few budgets', () => {
    const [low, high] = lossesDomain([passing, failing].flatMap(lossesOf));
    expect(low).toBeLessThan(-0.002);
    expect(high).toBeGreaterThan(0.03);
    expect(high).toBeLessThan(0.04);
  });
});

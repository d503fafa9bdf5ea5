import { describe, expect, it } from 'vitest';
import { lossesDomain, lossesOf, seenInterval } from '../../../../src/report/html/view/losses-view.ts';
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

  it('have intervals that go on where the axis ends before them', () => {
    const axis = [-0.33, 0.33] as const;
    expect(seenInterval([-0.1, 0.33], axis)).toEqual({ ends: [-0.1, 0.33], goesOn: [false, false] });
    expect(seenInterval([-2.35, 4.96], axis)).toEqual({ ends: axis, goesOn: [true, true] });
    expect(seenInterval([0.2, 4.96], axis)).toEqual({ ends: [0.2, 0.33], goesOn: [false, true] });
    expect(seenInterval([0.4, 4.96], axis)).toBeUndefined();
  });
});

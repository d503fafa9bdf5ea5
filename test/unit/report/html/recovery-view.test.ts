import { describe, expect, it } from 'vitest';
import {
  budgetSlider,
  measuredChanges,
  smallestWithin,
} from '../../../../src/report/html/view/recovery-view.ts';
import { improved, recovered } from '../../../support/sample-reports.ts';

describe('the budget that is moved over what was measured', () => {
  const changes = measuredChanges(improved);

  it('is kept by the smallest change that has no larger drop', () => {
    expect(smallestWithin(changes, 0.2)?.words).toBe('nothing changed');
    expect(smallestWithin(changes, 0.05)?.words).toBe('`recipe: [round]`');
    expect(smallestWithin(changes, 0.03)?.words).toBe('1 layer in higher precision, `recipe: [round]`');
    expect(smallestWithin(changes, 0.015)?.words).toBe('2 layers in higher precision, `recipe: [round]`');
    expect(smallestWithin(changes, 0.01)).toBeUndefined();
  });

  it('knows nothing of what was not measured', () => {
    expect(measuredChanges(recovered).map(({ kind }) => kind)).toEqual(['now', 'ranges', 'recipe']);
  });

  it('reaches from none to the largest drop', () => {
    expect(budgetSlider(changes, 0.01).max).toBeGreaterThan(0.125);
  });
});

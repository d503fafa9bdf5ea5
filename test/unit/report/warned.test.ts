import { expect, it } from 'vitest';
import { isWarnedOf } from '../../../src/report/warned.ts';
import { passing, sampleReport } from '../../support/sample-reports.ts';

it('is a warning of the model as a whole, but that its baseline is unavailable', () => {
  const [model] = sampleReport([passing]).models;
  const reason = 'it expired';
  const without = { ...model, baseline: { state: 'baseline-unavailable', reason } as const };
  const lost = `signs: nothing was compared with: ${reason}`;
  expect(isWarnedOf(model, { warnings: [] })).toBe(false);
  expect(isWarnedOf(model, { warnings: ['signs, tensorrt: x', 'signs2: x'] })).toBe(false);
  expect(isWarnedOf(without, { warnings: [lost] })).toBe(false);
  expect(isWarnedOf(without, { warnings: [lost, 'signs: 3 samples calibrate, too'] })).toBe(true);
});

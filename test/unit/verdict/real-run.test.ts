import { expect, it } from 'vitest';
import { top1 } from '../../../src/metrics/top1.ts';
import { contradictsEmulation } from '../../../src/verdict/real-run.ts';

const scores = (right: number) => Array.from({ length: 400 }, (_, i) => (i < right ? 1 : 0));
const contradicts = (emulated: number, real: number, allowed: number) =>
  contradictsEmulation(top1, scores(emulated), scores(real), { allowed, confidence: 0.95 });

it('a real run contradicts its emulation beyond noise, whichever is better', () => {
  expect(contradicts(350, 300, 0.01)).toBe(true);
  expect(contradicts(300, 350, 0.01)).toBe(true);
  expect(contradicts(350, 349, 0.01)).toBe(false);
  expect(contradicts(350, 350, 0.01)).toBe(false);
});

it('a difference of less than a twentieth of the budget decides nothing', () => {
  expect(contradicts(350, 330, 0.99)).toBe(true);
  expect(contradicts(350, 330, 1.01)).toBe(false);
});

import { describe, expect, it } from 'vitest';
import { asymmetricGrid, quantParams, symmetricGrid } from '../../../../src/numerics/grid.ts';
import { createHistogram, observe } from '../../../../src/numerics/histogram.ts';
import { quantizationError } from '../../../../src/numerics/quantization-error.ts';
import { enhanced } from '../../../../src/numerics/ranges/enhanced.ts';
import { minMax } from '../../../../src/numerics/ranges/min-max.ts';
import { mse } from '../../../../src/numerics/ranges/mse.ts';

const grids = [asymmetricGrid(8, false), symmetricGrid(8, { restricted: false })];

/** 10,000 values evenly over [0, 1), and one far out. */
function withOutlier(outlier: number) {
  const values = Float32Array.from({ length: 10_001 }, (_, i) =>
    i === 10_000 ? outlier : ((i * 7919) % 10_000) / 10_000,
  );
  const histogram = createHistogram();
  observe(histogram, values, Math.min(...values), Math.max(...values));
  return histogram;
}

describe.each(grids)('enhanced on a grid from $qmin to $qmax', (grid) => {
  it('keeps the whole range of values that fill it', () => {
    const { beta } = enhanced.range(withOutlier(0.5), grid);
    expect(beta).toBeGreaterThanOrEqual(0.999);
    expect(beta).toBeLessThanOrEqual(1.02);
  });

  it('clips an outlier whose cost is below that of wider steps, but less readily than least squares', () => {
    const histogram = withOutlier(6);
    const [ours, least, all] = [enhanced, mse, minMax].map((m) => m.range(histogram, grid).beta);
    expect(ours).toBeGreaterThanOrEqual(least);
    expect(ours).toBeLessThanOrEqual(all);
    const cost = (beta: number) => {
      const { round, clip } = quantizationError(histogram, quantParams({ alpha: 0, beta }, grid), grid);
      return round + 3 * clip;
    };
    expect(cost(ours)).toBeLessThanOrEqual(cost(all));
  });

  it('has [0, 0] for nothing but zeros', () => {
    expect(enhanced.range(createHistogram(), grid)).toEqual({ alpha: 0, beta: 0 });
  });
});

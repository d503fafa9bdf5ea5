import { describe, expect, it } from 'vitest';
import { renderCurve, renderPrecisionCurve } from '../../../src/report/markdown-chart.ts';
import { passing, sampleLayer } from '../../support/sample-reports.ts';

describe('the curve of noise along the graph', () => {
  const curve = (...noises: (number | undefined)[]) =>
    renderCurve({ ...passing, layers: noises.map((cumulativeNsr) => ({ ...sampleLayer, cumulativeNsr })) });

  it('has the SQNR of each layer that has noise', () => {
    expect(curve(0.001, undefined, 0.01, 0, 0.1).split('\n').slice(3)).toEqual([
      '  x-axis "layers in the order of the graph" 1 --> 3',
      '  y-axis "SQNR (dB)"',
      '  line [30.0, 20.0, 10.0]',
      '```',
    ]);
    expect(curve(0.1, 0.1, 0.1)).toMatch(/^```mermaid\n/);
  });

  it('is left out with fewer than three points', () => {
    expect(curve(0.1, 0.1)).toBe('');
    expect(curve(0.1, 0.1, 0, undefined)).toBe('');
  });

  it('has sixty points at most, from the first layer to the last', () => {
    const long = curve(...Array.from({ length: 119 }, (_, i) => 10 ** (-i / 10)));
    const points = /line \[(.*)\]/.exec(long)![1].split(', ');
    expect(points).toEqual(Array.from({ length: 60 }, (_, i) => (2 * i).toFixed(1)));
    expect(long).toContain('1 --> 119');
  });
});

describe('the curve of layers in higher precision', () => {
  const points = [4, 8, 16].map((layers, i) => ({ layers, quantized: 0.9, drop: 0.03 - 0.01 * i }));

  it('has the drop at each number of layers that was measured', () => {
    expect(renderPrecisionCurve(points, 'fraction').split('\n').slice(3)).toEqual([
      '  x-axis "layers in higher precision" ["4", "8", "16"]',
      '  y-axis "drop (pp)"',
      '  line [3.0000, 2.0000, 1.0000]',
      '```',
    ]);
    expect(renderPrecisionCurve(points, 'dB')).toContain('  y-axis "drop (dB)"\n  line [0.0300,');
  });

  it('is left out with fewer than two points, or where a number needs an exponent', () => {
    expect(renderPrecisionCurve(points.slice(1, 2), 'fraction')).toBe('');
    expect(renderPrecisionCurve([...points, { ...points[0], drop: 1e9 }], 'value')).toBe('');
  });
});

import { describe, expect, it } from 'vitest';
import { renderChart, renderCurve, renderPrecisionCurve } from '../../../src/report/markdown-chart.ts';
import type { JudgedTarget } from '../../../src/report/report-schema.ts';
import { failing, passing, sampleLayer, sampleReport } from '../../support/sample-reports.ts';

const dropping = (target: string, drop: number, unit: JudgedTarget['metric']['unit'] = 'fraction') => ({
  ...passing,
  target,
  metric: { ...passing.metric, drop, unit },
});
const error = { target: 'rknn', chip: 'rknn', verdict: 'error', reasons: ['no'] } as const;
const chart = (...targets: Parameters<typeof sampleReport>[0]) =>
  renderChart(sampleReport(targets).models[0]);

describe('the chart of drops', () => {
  it('has a bar for each target that was judged, in percentage points of a fraction', () => {
    expect(chart(passing, error, failing).split('\n')).toEqual([
      '```mermaid',
      '%%{init: {"themeVariables": {"xyChart": {"plotColorPalette": "royalblue"}}}}%%',
      'xychart-beta',
      '  x-axis ["tensorrt", "onnxruntime-w4a8"]',
      '  y-axis "drop (pp)"',
      '  bar [0.1200, 12.5000]',
      '```',
    ]);
  });

  it('is in the unit of the metric', () => {
    const decibels = chart(dropping('a', 1.5, 'dB'), dropping('b', -2, 'dB'));
    expect(decibels).toContain('  y-axis "drop (dB)"\n  bar [1.5000, -2.0000]');
    expect(chart(dropping('a', 1, 'value'), dropping('b', 2, 'value'))).toContain('  y-axis "drop"\n');
  });

  it('is left out where there is nothing to compare', () => {
    expect(chart(failing)).toBe('');
    expect(chart(failing, error)).toBe('');
    expect(chart()).toBe('');
    expect(chart(dropping('a', 1, 'dB'), dropping('b', 1, 'value'))).toBe('');
    expect(chart(dropping('a', 0), dropping('b', 5e-7))).toBe('');
    expect(chart(dropping('a', 0), dropping('b', -2e-6))).not.toBe('');
  });

  it('is left out where a number needs an exponent', () => {
    expect(chart(dropping('a', 1e9, 'value'), dropping('b', 1, 'value'))).toBe('');
    expect(chart(dropping('a', -1e9, 'value'), dropping('b', 1, 'value'))).toBe('');
    expect(chart(dropping('a', 9e8, 'value'), dropping('b', 1, 'value'))).toContain('900000000.0000');
  });
});

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

import { describe, expect, it } from 'vitest';
import { applicable, pinCount } from '../../../src/report/applicable.ts';
import type { JudgedTarget, Report } from '../../../src/report/report-schema.ts';
import { attributed, sampleReport } from '../../support/sample-reports.ts';

type Target = Report['models'][number]['targets'][number];
type Ranges = Readonly<Record<string, readonly [alpha: number, beta: number]>>;

/** A target that suggests these ranges. */
function suggesting(target: string, ranges: Ranges): JudgedTarget {
  const changes = Object.entries(ranges).map(([tensor, [alpha, beta]]) => ({
    ...{ tensor, alpha, beta },
    ...{ predictedGainDb: 6, predictedGainBits: 1 },
  }));
  return { ...attributed, target, suggestion: { ...attributed.suggestion!, changes } };
}
const error: Target = { target: 'rknn', chip: 'rknn', verdict: 'error', reasons: ['no'] };
const from = (targets: Target[], apply: true | string) =>
  [...applicable(sampleReport(targets), apply)].map(([model, byTarget]) => [
    model,
    [...byTarget].map(([target, pins]) => [
      target,
      pins.map(({ tensor, alpha, beta }) => [tensor, alpha, beta]),
    ]),
  ]);

describe('what may be pinned', () => {
  const snpe = suggesting('snpe', { x: [-1, 1], h: [0, 2] });
  const tensorrt = suggesting('tensorrt', { x: [-2, 2] });
  // biome-ignore format: pairs
  const ofSnpe = ['snpe', [['x', -1, 1], ['h', 0, 2]]];

  it('is what each target suggests, on that target alone', () => {
    expect(from([snpe, tensorrt], true)).toEqual([['signs', [ofSnpe, ['tensorrt', [['x', -2, 2]]]]]]);
    expect(pinCount(applicable(sampleReport([snpe, tensorrt]), true))).toBe(3);
  });

  it('is what the named target suggests', () => {
    expect(from([tensorrt, snpe], 'snpe')).toEqual([['signs', [ofSnpe]]]);
    expect(from([tensorrt, snpe], 'nowhere')).toEqual([]);
  });

  it('is nothing of a target without a suggestion', () => {
    expect(from([{ ...snpe, suggestion: null }], true)).toEqual([]);
    expect(from([{ ...snpe, suggestion: undefined }], true)).toEqual([]);
    expect(from([error], true)).toEqual([]);
    expect(from([error, snpe], true)).toEqual([['signs', [ofSnpe]]]);
  });

  it('is nothing of a model that is quantized already, whose own grids are judged', () => {
    const judged = { ...snpe, scheme: { ...snpe.scheme, range: 'file' as const } };
    expect(from([judged], true)).toEqual([]);
    expect(from([judged], 'snpe')).toEqual([]);
  });
});

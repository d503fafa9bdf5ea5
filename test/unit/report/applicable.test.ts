import { describe, expect, it } from 'vitest';
import { applicable } from '../../../src/report/applicable.ts';
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
const from = (targets: Target[], apply: true | string) => {
  const { pins, left } = applicable(sampleReport(targets), apply);
  return {
    pins: [...pins].map(([model, all]) => [
      model,
      all.map(({ tensor, alpha, beta }) => [tensor, alpha, beta]),
    ]),
    left,
  };
};

describe('what may be pinned', () => {
  const snpe = suggesting('snpe', { x: [-1, 1], h: [0, 2] });

  it('is what every target suggests alike', () => {
    const same = suggesting('tensorrt', { h: [0, 2], x: [-1, 1] });
    expect(from([snpe, same], true)).toEqual({
      pins: [['signs', [['x', -1, 1], ['h', 0, 2]]]], // biome-ignore format: pairs
      left: [],
    });
    expect(from([snpe], true).pins).toHaveLength(1);
  });

  it('is nothing on which targets differ, at either end, and that is said', () => {
    const differs = (tensor: string, each: string) =>
      `signs: the range of "${tensor}" was not written, as targets differ (${each}): name one with --apply <target>`;
    expect(from([snpe, suggesting('tensorrt', { x: [-2, 1], h: [0, 3] })], true)).toEqual({
      pins: [],
      left: [
        differs('x', 'snpe suggests [-1, 1], tensorrt suggests [-2, 1]'),
        differs('h', 'snpe suggests [0, 2], tensorrt suggests [0, 3]'),
      ],
    });
    const some = from([snpe, suggesting('tensorrt', { x: [-1, 1] })], true);
    expect(some.pins).toEqual([['signs', [['x', -1, 1]]]]);
    expect(some.left).toEqual([differs('h', 'snpe suggests [0, 2], tensorrt suggests none')]);
    const late = from([suggesting('tensorrt', {}), snpe], true);
    expect(late.left[0]).toBe(differs('x', 'tensorrt suggests none, snpe suggests [-1, 1]'));
  });

  it('is what the named target suggests, whatever the others do', () => {
    const others = [suggesting('tensorrt', { x: [-2, 2] }), snpe];
    expect(from(others, 'tensorrt')).toEqual({ pins: [['signs', [['x', -2, 2]]]], left: [] });
    expect(from(others, 'nowhere')).toEqual({ pins: [], left: [] });
  });

  it('is nothing of a target without a suggestion', () => {
    expect(from([{ ...snpe, suggestion: null }], true)).toEqual({ pins: [], left: [] });
    expect(from([{ ...snpe, suggestion: undefined }], true)).toEqual({ pins: [], left: [] });
    expect(from([error], true)).toEqual({ pins: [], left: [] });
    expect(from([error, snpe], true).left).toHaveLength(2);
  });

  it('is nothing of a model that is quantized already, whose own grids are judged', () => {
    const judged = { ...snpe, scheme: { ...snpe.scheme, range: 'file' as const } };
    expect(from([judged], true)).toEqual({ pins: [], left: [] });
    expect(from([judged], 'snpe')).toEqual({ pins: [], left: [] });
  });
});

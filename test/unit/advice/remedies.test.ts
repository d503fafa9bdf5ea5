import { beforeAll, describe, expect, it } from 'vitest';
import { remediesOf } from '../../../src/advice/remedies.ts';
import { loneValues } from '../../../src/numerics/outliers.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import type { LoadedModel } from '../../../src/runtime/load-model.ts';
import { histogramsOf } from '../../support/histograms.ts';
import { loader } from '../../support/load-model.ts';
import { floats, noise } from '../../support/models.ts';
import { attributionOf, findingsOf, unit } from './findings.ts';

const [IN, OUT] = [16, 8];
const NAME = 'y/MatMul';

/** `y = x · w` whose columns differ by `ratio` from one to the next. */
async function linear(ratio: number): Promise<LoadedModel> {
  const w = noise(IN * OUT, 3).map((x, i) => (Math.floor(i / OUT) === 0 ? 1 : x) * ratio ** (i % OUT));
  return (await loader())({
    nodes: [makeNode('MatMul', ['x', 'w'], ['y'])],
    inputs: [{ name: 'x', dims: ['N', IN] }],
    outputs: [{ name: 'y', dims: ['N', OUT] }],
    constants: { w: floats([IN, OUT], w) },
  });
}

let even: LoadedModel;
let spread: LoadedModel;
beforeAll(async () => {
  even = await linear(1);
  spread = await linear(0.5);
});

const y = noise(1000, 7);
const first = (findings: Parameters<typeof remediesOf>[0], kept: Parameters<typeof remediesOf>[1] = []) =>
  remediesOf(findings, kept)[0];

describe('advice on weights', () => {
  const attribution = attributionOf(unit(NAME, 'weightRound'));

  it('is per-channel weights where the channels of one scale differ widely', () => {
    const findings = findingsOf(spread, { x: y, y }, { attribution, chip: 'cambricon' });
    expect(first(findings)).toEqual({
      unit: NAME,
      cause: { share: 'weightRound', value: 1 },
      action: 'per-channel-weights',
      sentence: expect.stringMatching(
        /^Use per-channel weights: the channels of "w" differ \d+ times, so most keep [3-5] of 8 bits\.$/,
      ),
    });
  });

  it('is equalization where the target has no scale for each channel of such a layer', () => {
    const findings = findingsOf(spread, { x: y, y }, { attribution, chip: 'ascend' });
    expect(first(findings).action).toBe('equalize-channels');
  });

  it('is more bits where channels are alike, or have their own scale already', () => {
    const scheme = { weightBits: 4 };
    expect(first(findingsOf(even, { x: y, y }, { attribution, scheme }))).toMatchObject({
      action: 'more-weight-bits',
      sentence: expect.stringMatching(
        /^Give the weights of this layer more bits: .* of 4 bits are effective/,
      ),
    });
    const own = findingsOf(
      spread,
      { x: y, y },
      { attribution, chip: 'cambricon', scheme: { granularity: 'per-channel' } },
    );
    expect(first(own).sentence).toMatch(
      /^Give the weights of this layer 16 bits, or keep it in floating point: /,
    );
    const use = own.weightBits.get(NAME)!;
    const losing = (bitsLost: number) =>
      first({ ...own, weightBits: new Map([[NAME, { ...use, bitsLost }]]) }).sentence;
    expect(losing(0.01)).toContain('in "w", and no range keeps more.');
    expect(losing(0.31)).toMatch(/ effective in "w"\.$/);
    const wide = findingsOf(even, { x: y, y }, { attribution, scheme: { weightBits: 16 } });
    expect(first(wide).action).toBe('keep-in-float');
  });
});

describe('advice on activations', () => {
  const attribution = attributionOf(unit(NAME, 'activationRound'));
  const masked = noise(1000, 5).map((x, i) => (i % 8 === 0 ? -10_000 : 4 * x));

  it('is another constant where a mask sets the range', () => {
    expect(first(findingsOf(even, { x: masked, y }, { attribution }))).toMatchObject({
      action: 'replace-mask-constant',
      sentence: expect.stringMatching(
        /^Replace the constant -10000 that 13 % of the values of "x" hold, .* -24 masks as well\.$/,
      ),
    });
  });

  it('is 16 bits where the range is as good as it gets', () => {
    expect(first(findingsOf(even, { x: y, y }, { attribution }))).toMatchObject({
      action: 'more-activation-bits',
      sentence: expect.stringMatching(
        /^Give the activations of this layer 16 bits: .* of 8 bits of "x" are effective, and no range keeps many more of the calibration data\.$/,
      ),
    });
  });

  it('is floating point where the chip has no wider integers', () => {
    expect(first(findingsOf(even, { x: y, y }, { attribution, chip: 'tensorrt' })).action).toBe(
      'keep-in-float',
    );
    const weights = attributionOf(unit(NAME, 'weightRound'));
    const own = findingsOf(even, { x: y, y }, { attribution: weights, chip: 'tensorrt' });
    expect(first(own).action).toBe('keep-in-float');
  });

  it('names the few values that set a range and cannot be clipped', () => {
    const few = noise(1000, 5);
    few[0] = 60;
    const { sentence } = first(findingsOf(even, { x: few, y }, { attribution }));
    expect(sentence).toContain('as 0.1 % of the values, up to 60, set the range');
  });

  it('is nothing where a range was measured and kept', () => {
    const kept = [{ tensor: 'x', alpha: -1, beta: 1, predictedGainDb: 3, predictedGainBits: 0.5 }];
    expect(remediesOf(findingsOf(even, { x: y, y }, { attribution }), kept)).toEqual([]);
  });
});

describe('advice on clipping', () => {
  const attribution = attributionOf(unit(NAME, 'activationClip'));
  const narrow = { x: { alpha: -0.1, beta: 0.1 } };

  it('names the pin that clips', () => {
    const { action, sentence } = first(findingsOf(even, { x: y, y }, { attribution, pins: narrow }));
    expect(action).toBe('widen-pin');
    expect(sentence).toMatch(/^Widen the pinned range of "x", \[-0\.1, 0\.1\]: it clips 91 % of/);
  });

  it('is a wider range where calibration saw the values', () => {
    const { quantized } = findingsOf(even, { x: y, y }, { attribution, pins: narrow });
    const findings = findingsOf(even, { x: y, y }, { attribution, pins: narrow });
    expect(first({ ...findings, quantized, pins: new Map() }).action).toBe('widen-range');
  });

  it('is more data where it did not', () => {
    const findings = findingsOf(even, { x: Float32Array.from([-1, 0, 0.3, 4]), y }, { attribution });
    expect(first(findings).action).toBe('more-calibration-data');
  });
});

describe('advice on arithmetic', () => {
  const attribution = attributionOf(unit(NAME, 'output'));

  it('counts overflows, and else keeps the layer in float', () => {
    const findings = findingsOf(even, { x: y, y }, { attribution, overflows: { [NAME]: 12_345 } });
    expect(first(findings)).toMatchObject({
      action: 'avoid-overflow',
      sentence: expect.stringContaining('its int32 accumulator overflows 12,345 times.'),
    });
    expect(first(findingsOf(even, { x: y, y }, { attribution })).action).toBe('keep-in-float');
  });
});

describe('remedies', () => {
  it('leave out units that cost next to nothing, have no error or are not among the first ten', () => {
    const cheap = attributionOf(unit('other', 'weightRound', 1, 1), unit(NAME, 'weightRound', 2, 0.001));
    expect(remediesOf(findingsOf(even, { x: y, y }, { attribution: cheap }), [])).toEqual([]);
    const late = attributionOf(unit(NAME, 'weightRound', 11, 1));
    expect(remediesOf(findingsOf(even, { x: y, y }, { attribution: late }), [])).toEqual([]);
    const free = attributionOf(unit(NAME, 'weightRound', 1, 0));
    expect(remediesOf(findingsOf(even, { x: y, y }, { attribution: free }), [])).toEqual([]);
  });
});

describe('values that set a range all by themselves', () => {
  const of = (values: ArrayLike<number>) =>
    loneValues(histogramsOf({ x: Float32Array.from(values) }).get('x')!);

  it('are found on either side, with the range of the others', () => {
    const low = of([...noise(100), -1e9, -1e9])!;
    expect(low).toMatchObject({ extreme: -1e9, share: 2 / 102 });
    expect(low.others.beta).toBeLessThan(1);
    const high = of([...noise(100), 50])!;
    expect(high.extreme).toBe(50);
    expect(high.others.beta).toBeCloseTo(1, 1);
  });

  it('are not found in evenly spread values, nor beside zeros, which any range holds', () => {
    expect(of(noise(1000))).toBeUndefined();
    expect(of([0, 0, 0, -10_000])).toBeUndefined();
    expect(of([5])).toBeUndefined();
    expect(of([])).toBeUndefined();
  });
});

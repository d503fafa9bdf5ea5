import { describe, expect, it } from 'vitest';
import type { TargetInput } from '../../src/config/target-id.ts';
import type { JudgedTarget } from '../../src/report/report-schema.ts';
import type { CorpusModel } from '../support/corpus.ts';
import { gateCorpus } from './gated.ts';

const w8a8 = { 'weight-bits': 8, 'activation-bits': 8 } as const;

function gated(model: CorpusModel, target: TargetInput, ranges: Changes = []): JudgedTarget {
  const [judged] = gateCorpus(model, [target], { ranges, attributed: true }).values();
  return judged!;
}

type Changes = NonNullable<JudgedTarget['suggestion']>['changes'];

/** Half of the width of the interval of the drop, or one sample. */
function noiseFloor({ metric: { interval, flips, samples } }: JudgedTarget): number {
  const half = (interval[1] - interval[0]) / 2;
  return flips === null ? half : Math.max(half, 1 / samples);
}

/** Ranges as two toolchains choose them, which waste bits of these models. */
describe.each([
  ['kws-dscnn', { chip: 'tensorrt', range: 'min-max', ...w8a8 }],
  ['kws-dscnn', { chip: 'snpe', range: 'min-max', ...w8a8 }],
  ['fastestdet', { chip: 'tensorrt', range: 'kl', ...w8a8 }],
] as const)('suggested ranges of %s on %o', (model, target) => {
  it('waste less than a twentieth of a bit and make nothing worse', () => {
    const before = gated(model, target);
    const { suggestion } = before;
    if (!suggestion) throw new Error('no ranges were suggested');
    const { changes, measured } = suggestion;
    const after = gated(model, target, changes);
    console.log(
      `${model} ${target.chip} ${target.range}: ${changes.length} ranges, ${before.metric.quantized} -> ${after.metric.quantized}, output noise −${measured.outputGainDb?.toFixed(2)} dB, bits lost ${before.maxBitsLost?.toFixed(2)}`,
    );
    expect(after.metric.quantized).toBe(measured.quantized);
    expect(after.metric.drop - before.metric.drop).toBeLessThanOrEqual(noiseFloor(before));
    expect(after.attribution!.fullNsr).toBeLessThan(before.attribution!.fullNsr);
    const changed = new Set(changes.map(({ tensor }) => tensor));
    for (const { name, bitsLost = 0 } of after.layers.flatMap(({ tensors }) => tensors))
      if (changed.has(name)) expect(bitsLost, name).toBeLessThan(0.05);
  });
});

describe('mobilenet with one scale for each weight', () => {
  it('is said to be destroyed by its weights, and no range is suggested but a scale for each channel', () => {
    const { attribution, suggestion, remedies = [] } = gated('mobilenet-v1-025', 'snpe');
    expect(attribution?.destroyed).toBe(true);
    expect(suggestion).toBeNull();
    const first = remedies.slice(0, 3);
    expect(first.map(({ action }) => action)).toEqual(first.map(() => 'per-channel-weights'));
    for (const { cause } of first) expect(cause.share).toBe('weightRound');
    expect(first.map(({ unit }) => unit)).toContain('conv_dw_13');
  });
});

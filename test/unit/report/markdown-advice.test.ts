import { describe, expect, it } from 'vitest';
import { renderAdvice } from '../../../src/report/markdown-advice.ts';
import { parseReport } from '../../../src/report/parse.ts';
import type { JudgedTarget } from '../../../src/report/report-schema.ts';
import { attributed, improved, recovered, sampleReport } from '../../support/sample-reports.ts';

const all = { layers: 10, suggestions: true, charts: false };

/** The sample with other parts, as its report is read. */
function target(changes: Partial<JudgedTarget>): JudgedTarget {
  const [parsed] = parseReport(sampleReport([{ ...attributed, ...changes }])).models[0].targets;
  return parsed as JudgedTarget;
}

const suggestionOf = (outputGainDb?: number): JudgedTarget['suggestion'] => ({
  ...attributed.suggestion!,
  measured: { quantized: 0.9, drop: 0.06, ...(outputGainDb !== undefined && { outputGainDb }) },
});
describe('what to do', () => {
  it('is below where it was predicted, and says so; what recovery has measured is not predicted', () => {
    const predicted = 'Predicted, not measured:\n\n- <code>dw13/conv</code>: Use per-channel weights';
    expect(renderAdvice(target({}), all)).toContain(predicted);
    const attempts = [{ kind: 'granularity', weights: 'per-channel' } as const];
    expect(renderAdvice(target({ recovery: { plan: null, attempts } }), all)).not.toContain('Predicted,');
  });

  it('is not ranges as well where a plan may keep the budgets', () => {
    expect(renderAdvice(recovered, all)).not.toContain('```yaml');
    expect(renderAdvice(improved, all)).toContain('or with `npx --no -- quantgate run --apply snpe`');
    // Where nothing else helps they are in view already, with why they help.
    expect(renderAdvice(target({}), all)).not.toContain('```yaml');
  });

  it('says no gain of ranges that is not finite', () => {
    const text = renderAdvice(target({ suggestion: suggestionOf(), verdict: 'pass' }), all);
    expect(text).toContain(
      "drop 6.00 pp. In place of this target's entry in `targets:`, or with `npx --no -- quantgate run --apply snpe`",
    );
  });

  it('gives ranges of a model that is quantized already to the tool that quantizes it', () => {
    const text = renderAdvice(target({ scheme: { ...attributed.scheme, range: 'file' } }), all);
    expect(text).toContain('For the tool that quantizes the model:');
    expect(text).not.toMatch(/quantgate\.yml|--apply/);
  });
});

describe('the table of layers', () => {
  const [first, second] = attributed.layers;

  it.each([
    [8, 2, 'on 2 to 8 samples that were not'],
    [2, 2, 'on 2 samples that were not'],
    [1, 1, 'on 1 sample that was not'],
    [undefined, undefined, 'on 8 samples that were not'],
  ])('says on how many samples layers were measured: %s and %s', (one, other, words) => {
    const layers = [
      { ...first, impactSamples: one },
      { ...second, impactSamples: other },
    ];
    expect(renderAdvice(target({ layers }), all)).toContain(
      `2 layers, each quantized alone, ${words} calibrated`,
    );
  });

  it('shows the noisier of two tensors that a layer reads, and no worst sample of no noise', () => {
    const [read] = first.tensors;
    const { suggested: _, ...input } = read;
    const constant = { ...input, name: 'constant', effectiveBits: 24, bitsLost: 0 };
    const noisy = { ...input, name: 'noisy', effectiveBits: 5, bitsLost: 0 };
    const made = { ...noisy, name: 'made', kind: 'output-activation', effectiveBits: 2 } as const;
    const layer = { ...first, rank: 1, tensors: [constant, noisy, made] };
    const silent = { ...second, rank: 2, impact: 0, worstSample: 0.125, clipRate: 0, shares: undefined };
    const text = renderAdvice(target({ layers: [layer, silent] }), all);
    expect(text).toContain('<code>noisy</code>');
    expect(text).not.toMatch(/constant|made</);
    expect(text).toContain('<br>Conv|0\u00a0%|||||');
  });

  it('says on how many samples it was measured, and where', () => {
    const attribution = { ...attributed.attribution!, probeSamples: 1 };
    expect(renderAdvice(target({ attribution }), all)).toContain('on 1 sample that was not calibrated on.');
    const calibrated = { ...attribution, probesCalibrated: true, measuredAt: ['logits'] };
    expect(renderAdvice(target({ attribution: calibrated }), all)).toContain(
      'on 1 calibration sample, where clipping of unseen data does not show, measured at <code>logits</code>, as no output that the metric reads is of floating point.',
    );
  });
});

import { describe, expect, it } from 'vitest';
import { summaryLines } from '../../../src/cli/summary.ts';
import { planSentence } from '../../../src/report/recovery-plan.ts';
import type { JudgedTarget } from '../../../src/report/report-schema.ts';
import { passesAsItIs, toDo } from '../../../src/report/to-do.ts';
import { attributed, improved, recovered, sampleReport } from '../../support/sample-reports.ts';

type Plan = NonNullable<NonNullable<JudgedTarget['recovery']>['plan']>;

/** The sample, whose outputs have a noise of 0.1, with a drop of 12.5 pp. */
const cure = (...changes: Partial<JudgedTarget>[]) =>
  toDo({
    ...attributed,
    attribution: { ...attributed.attribution!, fullNsr: 0.1 },
    suggestion: null,
    rangeMethods: [],
    ...Object.assign({}, ...changes),
  });

const suggested = (count: number, outputGainDb?: number): Partial<JudgedTarget> => ({
  suggestion: {
    changes: attributed.suggestion!.changes.slice(0, count),
    measured: { quantized: 0.9, drop: 0.1, ...(outputGainDb !== undefined && { outputGainDb }) },
  },
});
const other = (outputNsr: number, drop: number | undefined = 0.05): Partial<JudgedTarget> => ({
  rangeMethods: [
    {
      range: 'kl',
      outputNsr,
      isUsed: false,
      ...(drop >= 0 && { measured: { quantized: 0.9655 - drop, drop } }),
    },
    { range: 'mse', outputNsr: 0.1, isUsed: true },
  ],
});

describe('what to do where no recovery was tried', () => {
  it('is nothing but what was measured', () => {
    expect(cure()).toBe('');
    expect(cure({ rangeMethods: undefined, suggestion: undefined })).toBe('');
    // Neither what was not measured by the metric nor what makes that worse, whatever the noise.
    expect(cure(other(0.001, -1))).toBe('');
    expect(cure(other(0.001, 0.2))).toBe('');
    // Nor what the metric likes as much and is noisier.
    expect(cure(other(0.2, 0.125))).toBe('');
  });

  it('is a way to choose ranges that the metric likes', () => {
    const kl = 'Set `range: kl`: top1 91.55 %, drop 5.00 pp, ';
    expect(cure(other(0.025))).toBe(`${kl}6.0 dB less output noise (measured).`);
    expect(cure(other(0.06))).toBe(`${kl}2.2 dB less output noise (measured).`);
    expect(cure(other(0.2))).toBe(`${kl}3.0 dB more output noise (measured).`);
    expect(cure(other(0))).toBe(`${kl}no output noise (measured).`);
  });

  it('is a suggestion', () => {
    const comesTo = 'top1 90.00 %, drop 10.00 pp, ';
    expect(cure(suggested(1, 4))).toBe(
      `Set the suggested range: ${comesTo}4.0 dB less output noise (measured).`,
    );
    expect(cure(suggested(2))).toBe(`Set the suggested 2 ranges: ${comesTo}no output noise (measured).`);
    expect(cure(suggested(2, 1))).toContain('1.0 dB less');
  });

  it('is what the metric likes best, of two alike what leaves the least noise, first what leaves much less', () => {
    expect(cure(suggested(1, 11), other(0.03, 0.05))).toContain('Set `range: kl`');
    expect(cure(suggested(1, 4), other(0.01, 0.12))).toContain('Set the suggested range');
    expect(cure(suggested(1, 4), other(0.01, 0.1))).toContain('Set `range: kl`');
    expect(cure(suggested(1, 11), other(0.01, 0.1))).toContain('Set the suggested range');
    expect(cure(suggested(1, 4), other(0.09, 0.05))).toContain('Set the suggested range');
  });
});

describe('what to do after a recovery', () => {
  it('is its plan, measured, whatever ranges come to', () => {
    expect(toDo(recovered)).toBe(
      'Set `recipe: [equalize, correct-bias]`: top1 96.35 %, drop 0.20 pp [-0.15, 0.55] pp at 97.5 % (measured), keeps every budget.',
    );
    expect(toDo(improved)).toBe(
      'Give 2 layers 16 bits (31 % of the multiplications, 10.2 kB more weights) and set `recipe: [round]`: top1 95.05 %, drop 1.50 pp [1.10, 1.90] pp at 99 % (measured), the best that was found: 0.50 pp over the budget of 1.00 pp. Time ended before all was tried: raise `minutes:` of `recover:`, as what is tried in the time depends on the machine.',
    );
  });

  it('is to know that nothing helps', () => {
    const { attempts } = recovered.recovery!;
    const without = (recovery: JudgedTarget['recovery']) => toDo({ ...attributed, recovery });
    const tried = '3 changes were tried and 2 of them measured on the evaluation samples';
    expect(without({ plan: null, attempts })).toBe(
      `No change that was tried gains more than the noise of its comparison: ${tried}, the smallest drop 0.20 pp in place of 12.50 pp.`,
    );
    const stopped = { of: 2496, interval: 'always-valid' } as const;
    const early = { ...attributed, metric: { ...attributed.metric, samples: 32, stopped } };
    expect(toDo({ ...early, recovery: { plan: null, attempts } })).toMatch(
      'in place of 12.50 pp on 32 of 2,496 samples.',
    );
    const least = { ...attempts.find(({ measured }) => measured?.drop === 0.002)! };
    least.measured = { ...least.measured!, stopped: { at: 48, of: 2496 } };
    expect(without({ plan: null, attempts: [least] })).toMatch(
      'the smallest drop 0.20 pp on 48 of 2,496 samples in place of 12.50 pp.',
    );
    const worse = attempts.map((attempt) => ({
      ...attempt,
      ...(attempt.measured && { measured: { ...attempt.measured, drop: 0.125 } }),
    }));
    expect(without({ plan: null, attempts: worse })).toBe(
      `Nothing that was tried helps: ${tried}, none with a smaller drop.`,
    );
    expect(without({ plan: null, attempts: attempts.slice(1, 2), isCut: true })).toMatch(
      /^1 change was tried and none of them measured on the evaluation samples\. Time ended .*: raise `minutes:`/,
    );
    expect(toDo({ ...attributed, recovery: { plan: null, attempts: [] } }, true)).toBe(
      'See to the warnings of this model first. No change was tried.',
    );
    expect(without({ plan: null, attempts: [], isCut: true })).toMatch(
      /^No change was tried\. Time ended before all was tried: /,
    );
  });

  it('is to evaluate more samples where nothing helps and the drop is within the budget', () => {
    const open = (samplesToDecide: number | null, drop = 0.008) =>
      toDo({
        ...recovered,
        verdict: 'inconclusive',
        metric: { ...recovered.metric, verdict: 'inconclusive', drop, samplesToDecide },
        recovery: { plan: null, attempts: recovered.recovery!.attempts.slice(0, 1) },
      });
    expect(open(5234)).toMatch(
      /^Evaluate more samples: about 5,200 samples would decide\. Nothing that was tried helps: 1 change/,
    );
    expect(open(null)).toMatch(/^The drop is too close to the budget for more samples to decide\. Nothing/);
    expect(open(5234, 0.02)).toMatch(/^Nothing that was tried helps/);
  });

  it('is not a plan alone that wins back little, and warnings of the model come first', () => {
    const plan = improved.recovery!.plan!;
    const far = (drop: number) => ({
      ...improved,
      recovery: { ...improved.recovery!, plan: { ...plan, measured: { ...plan.measured, drop } } },
    });
    const little = 'Nothing that was tried wins back half of the drop of 12.50 pp. Give 2 layers 16 bits';
    expect(toDo(far(0.07))).toContain(little);
    expect(toDo(far(0.0625))).toMatch(/^Give 2 layers/);
    const warned = sampleReport([far(0.07)], { warnings: ['signs: 3 samples calibrate, too'] });
    expect(summaryLines(warned)[1]).toContain(`See to the warnings of this model first. ${little}`);
    expect(summaryLines({ ...warned, warnings: ['other: x', 'signs, snpe: y'] })[1]).toContain(
      `snpe: ${little}`,
    );
  });

  it('is nothing of a target that passes, which may still gain', () => {
    const { attempts } = recovered.recovery!;
    const passes = (recovery: JudgedTarget['recovery']) => passesAsItIs({ ...recovered, recovery });
    expect(passes(undefined)).toBe('');
    expect(passes(recovered.recovery)).toMatch(
      /^passes as it is; to gain more, set `recipe: \[equalize, correct-bias\]`: .*, keeps every budget$/,
    );
    expect(passes({ plan: null, attempts })).toMatch(/^passes as it is, and no change that was tried gains/);
    expect(passes({ plan: null, attempts: [], problem: 'no memory' })).toBe(
      'passes as it is, and no change could be sought: no memory',
    );
  });

  it('is what is known without it, and why it could not be tried', () => {
    const recovery = { plan: null, attempts: [], problem: 'out of memory' };
    expect(cure({ recovery })).toBe('No change could be sought: out of memory.');
    expect(cure({ recovery }, other(0.025))).toMatch(/^Set `range: kl`.* No change could be sought: out/);
  });

  it('is one line on the terminal, of a target that does not pass', () => {
    expect(summaryLines(sampleReport([recovered]))).toEqual([
      expect.stringMatching(/^signs {2}fail {10}snpe: /),
      expect.stringMatching(
        /^signs {2}to do {9}snpe: Set `recipe: \[equalize, correct-bias\]`: .* budget\.$/,
      ),
    ]);
    expect(summaryLines(sampleReport([attributed]))).toHaveLength(1);
    expect(summaryLines(sampleReport([{ ...recovered, verdict: 'pass' }]))).toEqual([
      expect.stringMatching(/^signs {2}pass /),
      expect.stringMatching(/^signs {2}note {10}snpe: passes as it is; to gain more, set `recipe: /),
    ]);
  });
});

describe('a plan in words', () => {
  const plan = recovered.recovery!.plan!;
  const say = (changes: Partial<Plan>, budget: number | null = 0.01) =>
    planSentence({ ...recovered, metric: { ...recovered.metric, budget } }, { ...plan, ...changes });
  const action = (changes: Plan['changes'], cost?: Plan['cost']) =>
    say({ changes, ...(cost && { cost }) }).split(': top1')[0];

  it('says what is changed, in the words of the configuration', () => {
    expect(action({ weights: 'per-channel' })).toBe('Set `weights: per-channel`');
    expect(action({ range: 'kl', recipe: ['round'] })).toBe('Set `range: kl` and `recipe: [round]`');
    const x = { alpha: 0, beta: 1 };
    expect(action({ ranges: { x } })).toBe('Pin 1 range');
    expect(action({ range: 'kl', ranges: { x, y: x } })).toBe('Set `range: kl` and pin 2 ranges');
  });

  it('says which precision how many layers have, and what that costs', () => {
    const cost = { layers: 1, unitShare: 0.1, multiplicationShare: 0.042, weightBytes: 0 };
    expect(action({ layers: { a: { activationBits: 16 } } }, cost)).toBe(
      'Give 1 layer 16 bits (4.2 % of the multiplications)',
    );
    expect(action({ layers: { a: { float: true }, b: { activationBits: 16, weightBits: 8 } } })).toBe(
      'Give 1 layer more bits and keep 1 layer in floating point',
    );
    expect(
      action({ layers: { a: { weightBits: 8 } }, recipe: ['round'], ranges: { x: { alpha: 0, beta: 1 } } }),
    ).toBe('Give 1 layer 8 bits, set `recipe: [round]` and pin 1 range');
  });

  it('says how many samples would decide', () => {
    const measured = {
      ...plan.measured,
      drop: 0.008,
      interval: [0, 0.016] as const,
      samplesToDecide: 12_345,
    };
    const standing = 'undecided' as const;
    expect(say({ standing, measured })).toMatch(
      /\(measured\), within the budget of 1\.00 pp; about 12,000 samples would decide\.$/,
    );
    expect(say({ standing, measured: { ...measured, samplesToDecide: null } })).toMatch(
      /; the drop is too close to the budget for more samples to decide\.$/,
    );
    const reasons = ['min-accuracy straddles'];
    expect(say({ standing, measured, reasons }, null)).toMatch(
      /, within the budgets, but min-accuracy straddles\.$/,
    );
    expect(say({ standing, reasons: [] })).toMatch(/, within the budget of 1\.00 pp\.$/);
  });

  it('says what is missing', () => {
    const standing = 'misses' as const;
    const reasons = ['"x": 1.31 of 8 bits lost, max-bits-lost is 1'];
    expect(say({ standing, reasons })).toMatch(
      /, the best that was found, but "x": 1\.31 of 8 bits lost, max-bits-lost is 1\.$/,
    );
  });
});

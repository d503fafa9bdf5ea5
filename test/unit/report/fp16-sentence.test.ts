import { describe, expect, it } from 'vitest';
import { fp16Sentence, fp16ToDo } from '../../../src/report/fp16-sentence.ts';
import type { JudgedTarget } from '../../../src/report/report-schema.ts';
import { toDo } from '../../../src/report/to-do.ts';

type Fp16 = NonNullable<JudgedTarget['fp16']>;
const power = { tensor: 'norm/p', layer: 'norm/Pow', op: 'Pow', largest: 2010724, share: 0.0123 };
const inFp32 = { quantized: 0.85, drop: 0.002, verdict: 'pass' } as const;

function targetOf(fp16: Partial<Fp16> | undefined): JudgedTarget {
  return {
    verdict: 'fail',
    metric: { name: 'top1', unit: 'fraction', drop: 0.66, fp32: 0.852, quantized: 0.19 },
    attribution: { fullNsr: 0.03 },
    ...(fp16 && { fp16: { overflows: [], more: 0, ...fp16 } }),
  } as JudgedTarget;
}

describe('what is said of FP16', () => {
  it('names what overflows with its operator, its largest value and the share of its values', () => {
    expect(fp16Sentence(targetOf({ overflows: [power], inFp32 }))).toBe(
      'in FP16 "norm/p" (Pow, "norm/Pow") overflows: up to 2010000 where FP16 ends at 65,504, 1.2 % of its values become infinite; in FP32 it has 85.00 %',
    );
    const { share: _, ...uncounted } = power;
    expect(
      fp16Sentence(
        targetOf({
          overflows: [
            { ...power, share: 0.001 },
            { ...power, tensor: 'sum', share: 1 },
          ],
        }),
      ),
    ).toMatch(/^in FP16 "sum" .* 100 % of its values become infinite, and so does 1 other tensor$/);
    expect(fp16Sentence(targetOf({ overflows: [uncounted, power], more: 10 }))).toBe(
      'in FP16 "norm/p" (Pow, "norm/Pow") overflows: up to 2010000 where FP16 ends at 65,504, 1.2 % of its values become infinite, and so do 11 others',
    );
    expect(fp16Sentence(targetOf({ overflows: [{ ...uncounted, largest: null }] }))).toMatch(
      / becomes infinite$/,
    );
  });

  it('is how much of the noise it makes, from a tenth on', () => {
    expect(fp16Sentence(targetOf({ nsr: 0.01 }))).toBe(
      'FP16 makes 25 % of the output noise, the integers the rest',
    );
    expect(fp16Sentence(targetOf({ nsr: 0.003 }))).toBeUndefined();
    expect(fp16Sentence(targetOf({ nsr: 0 }))).toBeUndefined();
    expect(fp16Sentence(targetOf({}))).toBeUndefined();
    expect(fp16Sentence(targetOf(undefined))).toBeUndefined();
  });

  it('is what to do where FP32 loses less, and all there is to do where that passes', () => {
    const fixed = targetOf({ overflows: [power], inFp32 });
    expect(fp16ToDo(fixed)).toBe(
      'Compute in FP32 what is not integer, with `float: fp32`, or for the operators that overflow and those that read them alone: top1 85.00 %, drop 0.20 pp.',
    );
    expect(toDo(fixed)).toBe(fp16ToDo(fixed));
    expect(fp16ToDo(targetOf({ inFp32: { ...inFp32, drop: 0.66 } }))).toBe('');
    expect(fp16ToDo(targetOf({ nsr: 1, inFp32 }))).toMatch(/with `float: fp32`: top1/);
    const helped = {
      ...targetOf({ inFp32: { ...inFp32, verdict: 'fail' } }),
      recovery: { plan: null, isCut: true },
    };
    expect(toDo(helped as unknown as JudgedTarget)).toMatch(/^Compute in FP32 .* drop 0\.20 pp\. \S/);
  });
});

import { beforeAll, describe, expect, it } from 'vitest';
import type { Attribution } from '../../../src/attribution/attribution.ts';
import { compareRangeMethods } from '../../../src/pipeline/compare-range-methods.ts';
import { done } from '../../support/rounds.ts';
import { type Judged, judged } from '../../support/staged.ts';

let stage: Judged;
beforeAll(async () => {
  stage = await judged({ targets: ['tensorrt'], range: 'min-max', ranges: { x: { alpha: -2, beta: 2 } } });
});

const compared = ({ prepared, candidate, evidence, result, context }: Judged, outputNsr: number) =>
  done(
    compareRangeMethods(
      prepared,
      {
        ...evidence,
        ...candidate,
        ...result,
        name: candidate.config.id,
        pins: candidate.config.ranges,
        outputNsr,
      },
      context,
    ),
    { prepared, evidence, context },
  );

describe('the range methods', () => {
  it('come with the least noise first, the one in use with the noise that was measured', async () => {
    const methods = await compared(stage, 1e9);
    expect(methods.at(-1)).toEqual({ range: 'min-max', outputNsr: 1e9, isUsed: true });
    expect(methods.filter(({ isUsed }) => isUsed)).toHaveLength(1);
    const noises = methods.map(({ outputNsr }) => outputNsr);
    expect(noises).toEqual(noises.toSorted((a, b) => a - b));
    expect(new Set(methods.map(({ range }) => range)).size).toBe(methods.length);
    expect(methods.map(({ range }) => range)).toEqual(expect.arrayContaining(['mse', 'kl', 'percentile']));
    expect(methods.map(({ range }) => range)).not.toContain('enhanced');
    expect((await compared(stage, 0))[0]).toMatchObject({ range: 'min-max', isUsed: true });
  });

  it('leave the noise that a target would have with them, pins included', async () => {
    const methods = await compared(stage, 1);
    for (const range of ['mse', 'kl']) {
      const other = await judged({ targets: ['tensorrt'], range, ranges: { x: { alpha: -2, beta: 2 } } });
      const { outputNsr } = methods.find((each) => each.range === range)!;
      expect(outputNsr).toBe((other.attributed as Attribution).fullNsr);
    }
  });

  it('know which method is the own one of the toolchain', async () => {
    const native = await judged({ targets: ['tensorrt'], range: 'native' });
    const used = (await compared(native, 1)).filter(({ isUsed }) => isUsed);
    expect(used).toEqual([{ range: 'kl', outputNsr: 1, isUsed: true }]);
  });

  it('end when they are told to', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(compared({ ...stage, context: { ...stage.context, signal } }, 1)).rejects.toThrow('enough');
  });
});

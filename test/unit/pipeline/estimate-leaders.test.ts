import { beforeAll, describe, expect, it } from 'vitest';
import { asksForAttribution, isAlwaysAttributed } from '../../../src/pipeline/attribute.ts';
import { describeEstimate } from '../../../src/pipeline/describe-attribution.ts';
import { tryToEstimate } from '../../../src/pipeline/estimate-leaders.ts';
import type { TargetResult } from '../../../src/pipeline/judge.ts';
import type { Runtime } from '../../../src/runtime/runtime.ts';
import { type Changes, chain, configOf, type Judged, judged } from '../../support/staged.ts';

let stage: Judged;
beforeAll(async () => {
  stage = await judged({}, chain(12));
});

const estimated = (result: Partial<TargetResult> = {}, runtime: Runtime = stage.context.runtime) =>
  tryToEstimate(stage.prepared, { ...stage.result, ...result }, stage.evidence, {
    ...stage.context,
    runtime,
  });
const ledBy = (...names: string[]) =>
  ({
    snapshot: { ranges: [], impacts: names.map((name) => [name, 1]) },
  }) as unknown as TargetResult['withBase'];

/** A runtime that notes which units were quantized alone. */
function noting(alone: Set<string>): Runtime {
  const open: Runtime['open'] = async (...given) => {
    const session = await stage.context.runtime.open(...given);
    const run: typeof session.run = (feeds, ...fetches) => {
      const on = Object.entries(feeds).filter(
        ([name, { data }]) => name.includes('/switch/') && data[0] === 1,
      );
      if (on.length === 1) alone.add(on[0][0].replace('quantgate/switch/', ''));
      return session.run(feeds, ...fetches);
    };
    return { ...session, run };
  };
  return { ...stage.context.runtime, open };
}

describe('an estimate of a target that passes', () => {
  it('names three layers of few that it measured, with the own errors of all', async () => {
    const { notAttributed, estimate } = await estimated();
    expect(notAttributed).toBeUndefined();
    expect(estimate!.leaders).toHaveLength(3);
    expect(estimate).toMatchObject({ measured: 8, probeSamples: 2 });
    expect(estimate!.units.map(({ name }) => name)).toEqual(
      stage.candidate.quantized.units.map(({ name }) => name),
    );
    expect(estimate!.units.every(({ local }) => local.nsr > 0)).toBe(true);
  });

  it('measures what led in the base, however small its own error', async () => {
    const { estimate } = await estimated();
    const [least] = estimate!.units.toSorted((a, b) => a.local.nsr - b.local.nsr);
    const measuredWith = async (withBase: TargetResult['withBase']) => {
      const alone = new Set<string>();
      await estimated({ withBase }, noting(alone));
      return alone;
    };
    expect(await measuredWith(undefined)).not.toContain(least.name);
    expect(await measuredWith(ledBy(least.name))).toContain(least.name);
  });

  it('takes its time as the attribution of the target would', async () => {
    stage.shown.length = 0;
    await estimated();
    expect(stage.shown).toEqual([{ stage: 'm/snpe/attribute', total: undefined, seen: 8, over: true }]);
  });

  it('says why there is none, in a line', async () => {
    const open = () => Promise.reject(new Error('no such kernel'));
    expect(await estimated({}, { ...stage.context.runtime, open })).toEqual({
      notAttributed: 'no such kernel',
    });
  });

  it('is none in report.json where no layer costs anything, and holds no infinity', async () => {
    const { estimate } = await estimated();
    expect(describeEstimate({ ...estimate!, leaders: [] }, false)).toEqual({});
    const [first] = estimate!.leaders;
    const infinite = { ...first, impact: { ...first.impact, nsr: Infinity } };
    const { likelyLeaders } = describeEstimate(
      { ...estimate!, leaders: [infinite], fullNsr: Infinity },
      true,
    );
    expect(likelyLeaders).toEqual({
      layers: [{ layer: first.name }],
      measured: 8,
      probeSamples: 2,
      probesCalibrated: true,
    });
  });
});

describe('all layers are measured', () => {
  const asks = (
    changes: Changes,
    result: Pick<TargetResult, 'judgement' | 'byQuantization'> = stage.result,
  ) => asksForAttribution({ ...stage.prepared, config: configOf(changes) }, result);

  it('of a target that does not pass, be it by quantization alone', () => {
    const { judgement } = stage.result;
    expect(judgement.verdict).toBe('pass');
    expect(asks({})).toBe(false);
    expect(asks({}, { judgement, byQuantization: 'inconclusive' })).toBe(true);
    expect(asks({}, { judgement: { ...judgement, verdict: 'fail' }, byQuantization: 'pass' })).toBe(true);
  });

  it('of every target where the configuration asks for it', () => {
    const budget = { 'max-drop': '50pp', 'min-sqnr-db': 10 };
    for (const changes of [{ attribute: 'always' }, { recover: { when: 'always' } }, { budget }]) {
      expect(isAlwaysAttributed({ config: configOf(changes) })).toBe(true);
      expect(asks(changes)).toBe(true);
    }
  });
});

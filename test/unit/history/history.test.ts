import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Baseline } from '../../../src/baseline/baseline.ts';
import { writeBaseline } from '../../../src/baseline/baseline.ts';
import { earlierHistory, withHistory } from '../../../src/baseline/with-history.ts';
import { UserError } from '../../../src/errors.ts';
import {
  comparablePoints,
  type ModelHistory,
  mergedModels,
  readHistory,
  writeHistory,
} from '../../../src/history/history-file.ts';
import { mergedHistory } from '../../../src/history/merge-history.ts';
import { type HistoryPoint, MAX_POINTS } from '../../../src/history/point.ts';
import { sparkline } from '../../../src/history/sparkline.ts';
import { historyPoint } from '../../support/history.ts';

const points = (count: number) => Array.from({ length: count }, (_, i) => historyPoint(i));

describe('a history', () => {
  it('has each recording once, the oldest first, from wherever it is known', () => {
    const all = points(10);
    expect(mergedHistory(all.slice(5), all.slice(0, 7), all.toReversed())).toEqual(all);
  });

  it('keeps the newest half of too many in full, and the oldest time in less detail', () => {
    const all = points(MAX_POINTS + 1);
    const kept = mergedHistory(all);
    expect(kept.length).toBeLessThanOrEqual(MAX_POINTS);
    expect(kept[0]).toEqual(all[0]);
    expect(kept.slice(-MAX_POINTS / 2)).toEqual(all.slice(-MAX_POINTS / 2));
    expect(kept).toEqual(mergedHistory(kept));
  });

  it('stays bounded however long it goes on', () => {
    let kept: HistoryPoint[] = [];
    for (let i = 0; i < 2000; i++) kept = mergedHistory(kept, [historyPoint(i)]);
    expect(kept.length).toBeLessThanOrEqual(MAX_POINTS);
    expect(kept.at(-1)).toEqual(historyPoint(1999));
    expect(kept[0]).toEqual(historyPoint(0));
  });

  it('is of one metric: what was measured by another is not drawn beside it', () => {
    const [a, b, c] = points(3);
    const changed = [{ ...a, metric: 'top5' }, b, c];
    expect(comparablePoints({ points: changed })).toEqual([b, c]);
    expect(comparablePoints({ points: [] })).toEqual([]);
  });
});

describe('history.json', () => {
  const models: ModelHistory[] = [
    { model: 'a', unit: 'fraction', points: points(3) },
    { model: 'b', unit: 'dB', points: [] },
  ];

  it('reads back as it was written', () => {
    expect(readHistory(writeHistory(models), 'h.json')).toEqual(models);
    expect(writeHistory(models).split('\n')).toHaveLength(2 + models.length + 1);
  });

  it('keeps what others recorded meanwhile', () => {
    const [first, ...rest] = points(4);
    const theirs: ModelHistory[] = [{ model: 'a', unit: 'fraction', points: [first] }, models[1]];
    const ours: ModelHistory[] = [{ model: 'a', unit: 'fraction', points: rest }];
    expect(mergedModels(theirs, ours)).toEqual([
      { model: 'a', unit: 'fraction', points: points(4) },
      models[1],
    ]);
  });

  it('ends in a UserError for anything else', () => {
    const text = writeHistory(models);
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(text.length), fc.string(), (from, to, insert) => {
        try {
          readHistory(text.slice(0, from) + insert + text.slice(to), 'h.json');
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
        }
      }),
    );
  });
});

describe('a baseline', () => {
  const baseline: Baseline = {
    model: 'm',
    modelSha256: 'a'.repeat(64),
    dataSha256: 'b'.repeat(64),
    metric: 'top1',
    unit: 'fraction',
    value: 0.5,
    scores: [1, 0],
    references: [],
    targets: [],
    tool: '0.1.0',
    provider: 'cpu',
    commit: null,
    date: '2026-01-02T03:04:05.678Z',
  };
  const stored = (text: string) => async () => ({ bytes: Buffer.from(text), where: 'm.baseline.json' });
  const none = () => {
    throw new Error('nothing was lost');
  };

  it('carries on the history of the one before it, whose own recording is the first where it has none', async () => {
    const earlier = await earlierHistory(stored(writeBaseline(baseline)), 'm', none);
    expect(earlier).toMatchObject([{ date: baseline.date, fp32: 0.5 }]);
    const next = { ...baseline, date: '2026-02-02T03:04:05.678Z', value: 0.6 };
    const second = withHistory(next, earlier);
    expect(second.history!.map(({ fp32 }) => fp32)).toEqual([0.5, 0.6]);
    expect(await earlierHistory(stored(writeBaseline(second)), 'm', none)).toEqual(second.history);
  });

  it('begins anew where that cannot be had, and says so', async () => {
    const said: string[] = [];
    const lost = (why: string) => said.push(why);
    const expired = async () => {
      throw new UserError('it has expired');
    };
    expect(await earlierHistory(expired, 'm', lost)).toEqual([]);
    expect(await earlierHistory(stored('{}'), 'm', lost)).toEqual([]);
    expect(said).toEqual([
      'the history of m begins anew: it has expired',
      expect.stringMatching(/^the history of m begins anew: m\.baseline\.json is not a baseline/),
    ]);
    expect(await earlierHistory(undefined, 'm', none)).toEqual([]);
    expect(await earlierHistory(async () => undefined, 'm', none)).toEqual([]);
  });
});

describe('a sparkline', () => {
  it('has a bar for each value, between the least and the greatest', () => {
    expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7])).toBe('▁▂▃▄▅▆▇█');
    expect(sparkline([0.971, 0.972])).toBe('▁█');
    expect(sparkline([5, 5, 5])).toBe('▁▁▁');
    expect(sparkline([])).toBe('');
  });
});

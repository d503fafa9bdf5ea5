import { describe, expect, it } from 'vitest';
import type { ModelHistory } from '../../../src/history/history-file.ts';
import { badgeOf, badgeSvg, shieldsJson } from '../../../src/report/history/badge.ts';
import { historyPage } from '../../../src/report/history/page.ts';
import { historyPoint } from '../../support/history.ts';
import { nasty } from '../../support/nasty-report.ts';

const history = (count: number): ModelHistory => ({
  model: 'signs',
  unit: 'fraction',
  points: Array.from({ length: count }, (_, i) => historyPoint(i)),
});

describe('the page of a history', () => {
  it('draws FP32 and every target, with the newest recordings as a table', () => {
    const page = historyPage([history(40)]);
    expect(page.match(/<path class="line/g)).toHaveLength(3);
    expect(page.match(/<path class="band/g)).toHaveLength(2);
    expect(page).toContain('40 recordings');
    expect(page).toContain('<td>2026-02-09</td>');
    expect(page).toContain('10 older recordings are in history.json');
  });

  it('leaves a gap where a target was not measured', () => {
    const { points, ...rest } = history(9);
    const gap = points.map((p, i) => (i === 4 ? { ...p, targets: p.targets.slice(0, 1) } : p));
    const page = historyPage([{ ...rest, points: gap }]);
    const [, , snpe] = page.match(/<path class="line[^>]* d="[^"]*"/g)!;
    expect(snpe.match(/M/g)).toHaveLength(2);
  });

  it('is drawn of a single recording, of equal values and of none', () => {
    expect(historyPage([history(1)])).not.toContain('NaN');
    const [point] = history(1).points;
    const equal = [0, 1, 2].map((i) => ({ ...point, date: historyPoint(i).date }));
    expect(historyPage([{ ...history(0), points: equal }])).not.toContain('NaN');
    expect(historyPage([history(0)])).toContain('Nothing has been recorded yet.');
  });

  it('shows any name as text, and reaches for nothing', () => {
    const points = nasty.map((text, i) => {
      const point = historyPoint(i);
      const targets = point.targets.map((each) => ({ ...each, worstLayer: text.slice(0, 1024) }));
      return { ...point, metric: nasty[0].slice(0, 256), targets };
    });
    const page = historyPage([{ ...history(0), points }]);
    const elements = new Set(Array.from(page.matchAll(/<\/?([a-z][a-z0-9]*)/g), ([, name]) => name));
    const own =
      'html head meta title style body h1 h2 small svg line text g path circle ul li i div table thead tbody tr th td p';
    for (const name of elements) expect(own.split(' ')).toContain(name);
    for (const [tag] of page.matchAll(/<[^>]*>/g))
      expect(tag).not.toMatch(/https?:|src=|url\(|javascript:|\son[a-z]+=/i);
    expect(page).not.toMatch(/@import/);
  });
});

describe('the badge', () => {
  const state = (drop: number, low: number) => ({
    unit: 'fraction' as const,
    targets: [
      { int8: 0.97, drop: 0, interval: [-0.01, 0.01] as const },
      { int8: 0.9, drop, interval: [low, 0.2] as const },
    ],
  });

  it('says the metric of the target that loses most, orange where that is more than noise', () => {
    expect(badgeOf([state(0.05, 0.02)])).toEqual({ label: 'quantized', message: '90.00 %', color: 'orange' });
    expect(badgeOf([state(0.05, -0.02)]).color).toBe('brightgreen');
    expect(badgeOf([])).toEqual({ label: 'quantized', message: 'not measured', color: 'lightgrey' });
  });

  it('is what shields.io reads, and a picture of its own', () => {
    const badge = badgeOf([state(0.05, 0.02)]);
    expect(JSON.parse(shieldsJson(badge))).toEqual({ schemaVersion: 1, ...badge });
    expect(badgeSvg(badge)).toMatch(/^<svg [^>]*aria-label="quantized: 90\.00 %">.*<\/svg>\n$/);
  });
});

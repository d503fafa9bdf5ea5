import { describe, expect, it } from 'vitest';
import { summaryLines } from '../../../src/cli/summary.ts';
import { glanceAt } from '../../../src/report/markdown-sections.ts';
import { ofSamples } from '../../../src/report/of-samples.ts';
import { renderOverview } from '../../../src/report/overview.ts';
import type { JudgedTarget } from '../../../src/report/report-schema.ts';
import { verdictTable } from '../../../src/report/terminal/verdict-table.ts';
import { passing, regressed, sampleReport } from '../../support/sample-reports.ts';

const early = (target: JudgedTarget): JudgedTarget => ({
  ...target,
  metric: { ...target.metric, samples: 32, stopped: { of: 2496, interval: 'always-valid' } },
});
const faces = (target: JudgedTarget) => {
  const report = sampleReport([target]);
  return {
    comment: renderOverview(glanceAt([report]), 24_000),
    log: summaryLines(report)[0],
    terminal: verdictTable(report, 200)
      .map((line) => line.map(({ text }) => text).join(''))
      .join('\n'),
  };
};

describe('the figures of a target', () => {
  it('say of how many samples they are where it stopped early', () => {
    const { comment, log, terminal } = faces(early(passing));
    expect(comment).toContain('|96.55 → 96.43\u00a0%<br><sub>on 32 of 2,496 samples</sub>|');
    expect(log).toContain('top1 96.55 % → 96.43 % on 32 of 2,496 samples, drop 0.12 pp');
    expect(terminal).toContain('96.55 % → 96.43 % on 32 of 2,496 samples');
  });

  it('say so above those of the base in the comment', () => {
    expect(faces(early(regressed)).comment).toContain(
      '**96.43\u00a0%**<br><sub>on 32 of 2,496 samples</sub><br><sub>base 98.04 → 98.03\u00a0%</sub>|',
    );
  });

  it('say nothing where they are of all', () => {
    expect(ofSamples(passing.metric)).toBe('');
    expect(Object.values(faces(passing)).join('\n')).not.toContain('2,496');
  });
});

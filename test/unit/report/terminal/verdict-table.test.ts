import { describe, expect, it } from 'vitest';
import { verdictTable } from '../../../../src/report/terminal/verdict-table.ts';
import { passing, sampleReport } from '../../../support/sample-reports.ts';

describe('the table of a terminal', () => {
  it('has the level of intervals in its head, and in each row where they differ', () => {
    const at = (target: string, confidence: number) => ({
      ...passing,
      target,
      metric: { ...passing.metric, confidence },
    });
    const textOf = (...confidences: number[]) =>
      verdictTable(sampleReport(confidences.map((each, i) => at(`t${i}`, each))), 200).map((line) =>
        line.map(({ text }) => text).join(''),
      );
    const [head, row] = textOf(0.96, 0.96);
    expect(head).toContain('96 % interval');
    expect(row).not.toContain(' at ');
    const [plain, ...rows] = textOf(0.99, 0.96);
    expect(plain).not.toContain('% interval');
    expect(rows.map((each) => /\] at (\d+ %)/.exec(each)?.[1])).toEqual(['99 %', '96 %']);
  });
});

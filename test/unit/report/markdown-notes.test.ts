import { expect, it } from 'vitest';
import { renderNotes, renderRemarks } from '../../../src/report/markdown-notes.ts';
import type { Report } from '../../../src/report/report-schema.ts';
import { failing, sampleReport } from '../../support/sample-reports.ts';

const notes = (rest: Partial<Report>) => {
  const report = sampleReport([failing], rest);
  return [renderNotes(report), renderRemarks(report)].join('\n\n').trim();
};
const numbered = (count: number, word: string) => Array.from({ length: count }, (_, i) => `${word} ${i}`);

it('is empty where nothing concerns the whole', () => {
  expect(notes({})).toBe('');
});

it('says who accepted, what did not change, and what there is to warn of', () => {
  const accepted = { by: 'ada', reason: 'known' };
  expect(notes({ accepted, unchanged: 'no file is a model', warnings: ['one', 'two'] })).toBe(
    'Accepted by **ada**: known\n\nNothing was measured: no file is a model.\n\n⚠️ one<br>\n⚠️ two',
  );
});

it('lists twenty warnings, and how many more there are', () => {
  expect(notes({ warnings: numbered(20, 'w') }).split('\n')).toHaveLength(20);
  const lines = notes({ warnings: numbered(23, 'w') }).split('\n');
  expect(lines).toHaveLength(21);
  expect(lines[19]).toBe('⚠️ w 19<br>');
  expect(lines[20]).toBe('3 more warnings are in report.json');
});

it('says what the configuration of the pull request would make of it, with five reasons', () => {
  const first =
    'The pull request changes the configuration. With its own: **pass**. With that of the base: **fail**, which counts.';
  const proposing = (count: number) =>
    notes({ proposed: { verdict: 'pass', reasons: numbered(count, 'r') } }).split('\n');
  expect(proposing(0)).toEqual([first]);
  expect(proposing(2)).toEqual([first, '', '- with its own: r 0', '- with its own: r 1']);
  expect(proposing(5)).toHaveLength(7);
  const many = proposing(7);
  expect(many).toHaveLength(8);
  expect(many[6]).toBe('- with its own: r 4');
  expect(many[7]).toBe('- 2 more reasons are in report.json');
});

it('cuts what is long', () => {
  const long = 'x'.repeat(1000);
  const longest = (rest: Partial<Report>) => /x+/.exec(notes(rest))![0].length;
  expect(longest({ accepted: { by: 'ada', reason: long } })).toBeLessThanOrEqual(500);
  expect(longest({ unchanged: long })).toBeLessThanOrEqual(500);
  expect(longest({ warnings: [long] })).toBeLessThanOrEqual(400);
  expect(longest({ proposed: { verdict: 'pass', reasons: [long] } })).toBeLessThanOrEqual(400);
});

import { describe, expect, it } from 'vitest';
import { errorLines, failureLines, summaryLines } from '../../../src/cli/summary.ts';
import { renderMarkdown } from '../../../src/report/markdown.ts';
import type { TargetReport } from '../../../src/report/report-schema.ts';
import { wholeFailure } from '../../../src/report/whole-failure.ts';
import { aboutModel } from '../../../src/words/about-model.ts';
import { passing, sampleReport } from '../../support/sample-reports.ts';

const failed = (target: string, reason: string): TargetReport => ({
  target,
  chip: 'snpe',
  verdict: 'error',
  reasons: [reason],
});
const GONE = 'signs.onnx does not exist';
const all = [failed('snpe', GONE), failed('tensorrt', GONE)];
const [model] = sampleReport(all).models;

describe('a model of which no target could be judged', () => {
  it('has one reason where it is that of all', () => {
    expect(wholeFailure(model!)).toBe(GONE);
    expect(wholeFailure({ ...model!, targets: [all[0]!, failed('tensorrt', 'another')] })).toBeUndefined();
    expect(wholeFailure({ ...model!, targets: [all[0]!, passing] })).toBeUndefined();
  });

  it('has it once in the report, and on the terminal with its name: others may be configured beside it', () => {
    const report = sampleReport(all);
    expect(renderMarkdown(report).split(GONE)).toHaveLength(2);
    expect(summaryLines(report)).toEqual(['signs  error         no target could be judged']);
    expect(failureLines(report)).toEqual([`signs: ${GONE}`]);
    const two = { ...report, models: [model!, { ...model!, name: 'other' }] };
    expect(failureLines(two)).toEqual([`signs: ${GONE}`, `other: ${GONE}`]);
    expect(failureLines(sampleReport([passing]))).toEqual([]);
  });

  it('is told apart from targets of which one could not be judged, each with its reason', () => {
    expect(errorLines(sampleReport(all))).toEqual([]);
    expect(errorLines(sampleReport([passing, failed('tensorrt', 'it does not open')]))).toEqual([
      'signs: tensorrt: it does not open',
    ]);
  });

  it('is not named twice', () => {
    expect(aboutModel('m', 'm: no samples')).toBe('m: no samples');
    expect(aboutModel('m', 'm.onnx is empty')).toBe('m: m.onnx is empty');
  });
});

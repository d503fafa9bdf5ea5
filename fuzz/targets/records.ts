import { readBaseline, writeBaseline } from '../../src/baseline/baseline.ts';
import {
  mergeCalibrations,
  readCalibration,
  writeCalibration,
} from '../../src/calibration/calibration-record.ts';
import { failureLines, summaryLines } from '../../src/cli/summary.ts';
import { readEvaluation, writeEvaluation } from '../../src/evaluation/evaluation-record.ts';
import { readHistory, writeHistory } from '../../src/history/history-file.ts';
import { readExplanation, writeExplanation } from '../../src/report/explanation-record.ts';
import { historyPage } from '../../src/report/history/page.ts';
import { renderMarkdown } from '../../src/report/markdown.ts';
import { renderSections } from '../../src/report/markdown-sections.ts';
import { readReport } from '../../src/report/parse.ts';
import { historyPoint } from '../../test/support/history.ts';
import {
  attributed,
  improved,
  recovered,
  regressed,
  sampleReport,
} from '../../test/support/sample-reports.ts';
import type { Samples } from '../samples.ts';
import { type FuzzTarget, textTarget } from '../target.ts';
import { assertInert, assertOneLine } from './inert.ts';

const MOST_BYTES = 50_000;

export function recordTargets(samples: Samples): FuzzTarget[] {
  const text = (kind: keyof Samples) => samples[kind].toString();
  const reports = [[attributed, regressed], [recovered], [improved]].map((targets) => sampleReport(targets));
  return [
    {
      name: 'report',
      seeds: [samples.report, ...reports.map((report) => Buffer.from(JSON.stringify(report)))],
      run: (bytes) => {
        const report = readReport(bytes);
        assertInert(renderMarkdown(report));
        for (const section of renderSections([report], MOST_BYTES)) assertInert(section.text);
        for (const line of [...summaryLines(report), ...failureLines(report)]) assertOneLine(line);
      },
    },
    textTarget({
      name: 'baseline',
      seeds: [text('baseline')],
      run: (given) => writeBaseline(readBaseline(given, 'm.baseline.json')),
    }),
    textTarget({
      name: 'calibration',
      seeds: [text('calibration')],
      run: (given) => {
        const { model, calibration } = readCalibration(given, 'm.calibration.json');
        mergeCalibrations([calibration]);
        writeCalibration(model, calibration);
      },
    }),
    textTarget({
      name: 'evaluation',
      seeds: [text('evaluation')],
      run: (given) => writeEvaluation(readEvaluation(given, 'm.evaluation.json')),
    }),
    textTarget({
      name: 'explanation',
      seeds: [text('explanation')],
      run: (given) => writeExplanation(readExplanation(given, 'm.explanation.json')),
    }),
    textTarget({
      name: 'history',
      seeds: [writeHistory([{ model: 'm', unit: 'fraction', points: [1, 2].map(historyPoint) }])],
      run: (given) => historyPage(readHistory(given, 'history.json')),
    }),
  ];
}

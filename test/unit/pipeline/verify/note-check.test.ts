import { beforeAll, describe, expect, it } from 'vitest';
import type { Baseline } from '../../../../src/baseline/baseline.ts';
import { readBaseline, writeBaseline } from '../../../../src/baseline/baseline.ts';
import { historyOf, withHistory } from '../../../../src/baseline/with-history.ts';
import { readHistory, writeHistory } from '../../../../src/history/history-file.ts';
import { judgeModels } from '../../../../src/pipeline/judge-models.ts';
import { measureBaseline } from '../../../../src/pipeline/measure-baseline.ts';
import { noteInBaseline, noteInReport } from '../../../../src/pipeline/verify/note-check.ts';
import { type ModelCheck, verifyModel } from '../../../../src/pipeline/verify/verify-model.ts';
import { renderMarkdown } from '../../../../src/report/markdown.ts';
import { parseReport } from '../../../../src/report/parse.ts';
import type { JudgedTarget, Report } from '../../../../src/report/report-schema.ts';
import { prepared, type Staged } from '../../../support/staged.ts';

const DATE = '2026-11-29T01:02:03.000Z';
const METRICS = JSON.stringify({ agreement: 0.875, samples: 32, library: 'Qualcomm HTP', version: '2.31' });

let check: ModelCheck;
let report: Report;
let baseline: Baseline;
let stage: Staged;
beforeAll(async () => {
  const ready = await prepared({ targets: ['snpe', 'openvino'] });
  stage = ready;
  const { config, context } = stage;
  const source = { kind: 'metrics', text: METRICS, where: 'm.json' } as const;
  const one = { ...config, targets: config.targets.slice(0, 1) };
  check = await verifyModel(one, { source, samples: undefined }, context);
  const given = { config: { provider: 'cpu', models: [config] } as const, commit: null, date: new Date(0) };
  const input = { ...given, baselines: undefined, shards: new Map(), writeChipFile: async () => {} };
  report = await judgeModels(input, context);
  ({ baseline } = await measureBaseline(ready.prepared, context, { commit: null, date: new Date(0) }));
});

describe('the metric of a device', () => {
  it('is compared with the prediction for as many samples', () => {
    const [target] = check.model.targets;
    expect(target).toMatchObject({
      target: 'snpe',
      source: 'device-metrics',
      library: 'Qualcomm HTP',
      samples: 32,
      metric: { measured: 0.875, fp32: 1 },
    });
    expect(target).not.toHaveProperty('equalShare');
    expect(target).not.toHaveProperty('layers');
  });

  it('of more samples than there are is an error', async () => {
    const text = METRICS.replace('32', '33');
    const source = { kind: 'metrics', text, where: 'm.json' } as const;
    await expect(verifyModel(stage.config, { source, samples: undefined }, stage.context)).rejects.toThrow(
      /^the metric of the device is of 33 samples, the evaluation data hold 32/,
    );
  });
});

describe('a report of the same model and ranges', () => {
  it('is told of the target that was checked, which its Markdown says in one line', () => {
    const { kept, refused } = noteInReport(report, [check], DATE);
    expect(refused).toEqual([]);
    const [snpe, openvino] = parseReport(JSON.parse(JSON.stringify(kept))).models[0]
      .targets as JudgedTarget[];
    expect(snpe.verified).toMatchObject({
      library: 'Qualcomm HTP',
      version: '2.31',
      date: DATE,
      measured: 0.875,
      samples: 32,
    });
    expect(openvino).not.toHaveProperty('verified');
    const lines = renderMarkdown(kept)
      .split('\n')
      .filter((line) => line.includes('checked against'));
    expect(lines).toEqual([
      expect.stringMatching(
        /^- checked against Qualcomm HTP 2\.31 on 2026-11-29: differs: 87\.50 % beside \d+\.\d+ % predicted on 32 samples$/,
      ),
    ]);
  });

  it('is the only one: of another model or other ranges it stays as it is, and a line says why', () => {
    const other = { ...report, models: [{ ...report.models[0], modelSha256: 'ab'.repeat(32) }] };
    expect(noteInReport(other, [check], DATE)).toEqual({
      kept: other,
      refused: ['not in report.json, m on snpe: it is of another version of the model'],
    });
    const moved = JSON.parse(JSON.stringify(report));
    moved.models[0].targets[0].layers[0].tensors[0].alpha -= 1e-9;
    const { kept, refused } = noteInReport(moved, [check], DATE);
    expect(kept).toEqual(moved);
    expect(refused).toEqual(['not in report.json, m on snpe: it is of other ranges']);
  });
});

describe('a baseline of the same model and ranges', () => {
  it('is told, and so is the history from its last recording on', () => {
    const earlier = { ...withHistory(baseline).history![0]!, date: '1969-12-31T00:00:00.000Z' };
    const { kept, refused } = noteInBaseline(withHistory(baseline, [earlier]), check, DATE);
    expect(refused).toEqual([]);
    const read = readBaseline(writeBaseline(kept), 'b');
    expect(read.targets.map(({ verified }) => verified?.measured)).toEqual([0.875, undefined]);
    const [{ points }] = readHistory(writeHistory([historyOf(read)]), 'h');
    expect(points).toHaveLength(2);
    expect(points[0]).toEqual(earlier);
    expect(points[1]!.targets.map(({ verified }) => verified?.library)).toEqual(['Qualcomm HTP', undefined]);
  });

  it('of another model stays as it is', () => {
    const other = {
      ...withHistory(baseline),
      targets: baseline.targets.map((each) => ({ ...each, modelSha256: 'cd'.repeat(32) })),
    };
    const { kept, refused } = noteInBaseline(other, check, DATE);
    expect(kept.targets).toEqual(other.targets);
    expect(refused).toEqual(['not in the baseline, m on snpe: it is of another version of the model']);
  });
});

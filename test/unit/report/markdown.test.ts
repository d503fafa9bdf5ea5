import { describe, expect, it } from 'vitest';
import { renderMarkdown } from '../../../src/report/markdown.ts';
import { parseReport } from '../../../src/report/parse.ts';
import type { JudgedTarget, Report } from '../../../src/report/report-schema.ts';
import { nasty } from '../../support/nasty-report.ts';
import {
  attributed,
  failing,
  improved,
  passing,
  recovered,
  regressed,
  sampleLayer,
  sampleReport,
} from '../../support/sample-reports.ts';

const failed = {
  target: 'snpe',
  chip: 'snpe',
  verdict: 'error',
  reasons: ['NaN in "conv1" of sample 3'],
} as const;
const undecided: JudgedTarget = {
  ...passing,
  target: 'snpe',
  chip: 'snpe',
  verdict: 'inconclusive',
  reasons: ['drop 0.80 pp [-0.10, 1.70] straddles the budget of 1.00 pp; about 5,200 samples would decide'],
};
const withBaseline = (baseline: Report['models'][number]['baseline'], targets = [passing]) => {
  const report = sampleReport(targets);
  return { ...report, models: report.models.map((model) => ({ ...model, baseline })) };
};

const destroyed: JudgedTarget = {
  ...attributed,
  additivity: 0.4,
  attribution: { ...attributed.attribution!, fullNsr: 1.7, destroyed: true },
  suggestion: null,
  rangeMethods: [{ range: 'min-max', outputNsr: 1.7, isUsed: true }],
};

/** Every text of the report says something nasty. */
function hostile(): Report {
  const layers = nasty.map((name, i) => ({
    ...sampleLayer,
    name,
    op: name.slice(0, 128),
    tensors: [{ ...sampleLayer.tensors[0], name: nasty[(i + 1) % nasty.length].slice(0, 1024) }],
  }));
  const cut = layers.map((layer, i) => ({
    ...layer,
    name: layer.name.slice(0, 1024),
    rank: i + 1,
    impact: 1 / (i + 1),
    cumulativeNsr: i,
    shares: attributed.layers[1].shares,
  }));
  const target: JudgedTarget = {
    ...failing,
    scheme: { ...failing.scheme, range: nasty[8] },
    reasons: nasty.map((text) => text.slice(0, 2000)),
    metric: { ...failing.metric, name: nasty[0] },
    layers: cut,
    attribution: attributed.attribution,
    suggestion: {
      ...attributed.suggestion!,
      changes: nasty.map((tensor) => ({ ...attributed.suggestion!.changes[0], tensor })),
    },
    remedies: nasty.map((unit, i) => ({
      ...attributed.remedies![0],
      unit,
      sentence: nasty[(i + 1) % nasty.length],
    })),
    notQuantized: [{ layer: nasty[1], op: nasty[2], why: nasty[5] }],
    files: ['a|b/`<b>@octocat'],
  };
  const report = sampleReport([passing, target], { warnings: nasty.map((text) => text.slice(0, 2000)) });
  const baseline = { state: 'baseline-unavailable', reason: nasty[11] } as const;
  return {
    ...report,
    tool: { name: 'quantgate', version: nasty[3] },
    models: report.models.map((model) => ({ ...model, baseline })),
  };
}

/** Our links to the glossary. */
const ours =
  /\[([^\][]*)\]\(https:\/\/github\.com\/quantgate\/quantgate\/blob\/main\/docs\/glossary\.md#[^)]*\)/g;

describe('renderMarkdown', () => {
  it.each<[string, Report]>([
    ['pass', sampleReport([passing])],
    ['fail', sampleReport([passing, failing, undecided])],
    ['inconclusive', withBaseline({ state: 'no-baseline-yet' }, [undecided])],
    ['error', sampleReport([failed, passing], { warnings: ['3 samples are in both sets'] })],
    ['attributed', sampleReport([attributed])],
    ['destroyed', sampleReport([destroyed])],
    ['recovered', sampleReport([recovered])],
    ['improved', sampleReport([improved])],
    ['regressed', sampleReport([regressed, passing])],
    ['hostile', hostile()],
  ])('writes golden/%s.md', async (name, report) => {
    await expect(renderMarkdown(parseReport(report))).toMatchFileSnapshot(`golden/${name}.md`);
  });

  it('has no line and no element that a name made', () => {
    const text = renderMarkdown(hostile());
    const own =
      /^(## ❌ |#### |\||- |\*\*onnxruntime-w4a8\*\*: |<details( open)?><summary>|<\/details>|<sub>|```|%%\{init: |xychart-beta$| {2}(x-axis|y-axis|line) |⚠️ |\d+ more |Errors add |\d+ layers, |Predicted, not measured:$|\[SQNR\]|\*\*Helps, not enough, measured:\*\* |$)/;
    const [block] = text.match(
      /^````yaml\n# targets:\n- chip: onnxruntime\n {2}weight-bits: 4\n {2}ranges:\n(?: {4}"[^\n]*" *: [^\n]*\}\n)+````$/m,
    )!;
    expect(block.match(/\n/g)).toHaveLength(nasty.length + 5);
    expect(block).not.toMatch(/[^\P{C}\n]/u);
    const rest = text.replace(block, '').replace(ours, '$1');
    for (const line of rest.split('\n')) expect(line).toMatch(own);
    expect(new Set(rest.match(/<[^>]*>/g))).toEqual(
      new Set([
        '<code>',
        '</code>',
        '<details>',
        '<details open>',
        '</details>',
        '<summary>',
        '</summary>',
        '<br>',
        '<sub>',
        '</sub>',
      ]),
    );
    expect(rest).not.toMatch(/@\w|#\d+(?!;|\d)|:\/\/|[\u202a-\u202e\u2066-\u2069]/);
  });

  it('depends on when the run was in the age of the baseline alone, and not on how fast it was', () => {
    const report = sampleReport([passing, failing]);
    const at = (date: string, seconds = 99) =>
      renderMarkdown({ ...report, times: { date, seconds: { calibrate: seconds } } });
    expect(at('2026-01-02T11:00:00.000Z')).toBe(renderMarkdown(report));
    expect(renderMarkdown(report)).toContain('commit 0123456789ab, 2 days old, model');
    expect(at('2025-12-30T13:00:00.000Z')).toContain(', less than a day old, model');
    expect(at('2030-12-30T13:00:00.000Z').replaceAll('1,826 days', '2 days')).toBe(renderMarkdown(report));
  });

  it('says what concerns the whole of it', () => {
    const accepted = { by: 'ada', reason: 'fixed in @octocat the data' };
    const proposed = { verdict: 'pass', reasons: ['signs, tensorrt: <b>within</b>'] } as const;
    const text = renderMarkdown(sampleReport([failing], { accepted, proposed }));
    expect(text).toContain('Accepted by **ada**: fixed in &#64;');
    expect(text).toContain(
      'With its own: **pass**. With that of the base: **fail**, which counts.\n\n- with its own: signs',
    );
    expect(text).not.toContain('<b>');
  });

  it('says that nothing has changed', () => {
    const unchanged = 'none of the 3 files is a model';
    const report = parseReport(sampleReport([], { models: [], provider: null, unchanged }));
    expect(renderMarkdown(report)).toMatch(
      /^## ✅ No model has changed\n\nNothing was measured: none of the 3 files is a model\.\n/,
    );
  });

  it('names the state of the baseline', () => {
    expect(renderMarkdown(sampleReport([passing]))).toContain(
      'compared with the baseline of commit 0123456789ab',
    );
    expect(renderMarkdown(withBaseline({ state: 'no-baseline-yet' }))).toContain('No baseline yet');
    expect(renderMarkdown(withBaseline({ state: 'baseline-unavailable', reason: 'it expired' }))).toContain(
      '⚠️ Baseline unavailable, so nothing older was compared: it expired.',
    );
  });

  it('blames no layer for what training or a floor took, or a base that was better', () => {
    const metric = { ...attributed.metric, verdict: 'pass' as const };
    const floor = { verdict: 'fail' as const, value: 0.99, interval: [0.9, 0.98] as const };
    for (const other of [{ base: regressed.base }, { floor }]) {
      const text = renderMarkdown(sampleReport([{ ...attributed, metric, ...other }]));
      expect(text).not.toContain('cost the most');
      expect(text).toContain('<details><summary>Layers: what costs accuracy on snpe');
    }
  });

  it('says at one glance why a target did not pass, and what to do', () => {
    const text = renderMarkdown(sampleReport([attributed])).replaceAll(ours, '$1');
    expect(text).toContain(
      '**snpe**: **Weights cost the most**, as one scale serves all channels of a weight. <code>dw13/conv</code> alone makes 61 % of the output noise, 98 % of it weight rounding; most of its 256 channels keep 2.2 of 8 bits.\n\n**Helps, not enough, measured:** top1 90.12 %, drop 6.43 pp.',
    );
    const passed = renderMarkdown(
      sampleReport([{ ...attributed, verdict: 'pass', metric: { ...attributed.metric, verdict: 'pass' } }]),
    );
    expect(passed).not.toContain('cost the most');
    expect(passed).toContain('<details><summary>Layers: what costs accuracy on snpe');
  });

  it('calls a destroyed model destroyed and ranks nothing', () => {
    const text = renderMarkdown(sampleReport([destroyed]));
    expect(text).toContain(
      '**Quantization destroys this model**: no ranking of layers explains it. Its outputs have an [SQNR](',
    );
    expect(text).not.toContain('|Share of ');
  });

  it('bounds layers, remedies and points of the curve', () => {
    const layers = Array.from({ length: 500 }, (_, i) => ({
      ...attributed.layers[0],
      name: `layer-${i}`,
      rank: i + 1,
    }));
    const remedies = Array.from({ length: 30 }, () => attributed.remedies![0]);
    const text = renderMarkdown(sampleReport([{ ...attributed, layers, remedies }]));
    expect(text.match(/^\|<code>layer-\d+<\/code><br>Conv\|15\u00a0%/gm)).toHaveLength(10);
    expect(text).toContain('- 20 more remedies are in report.json');
    expect(text).toContain('1 --> 500');
    expect(/ {2}line \[(.*)\]/.exec(text)![1].split(',')).toHaveLength(60);
  });

  it('says how many ranges it leaves out', () => {
    const layers = Array.from({ length: 100 }, () => sampleLayer);
    expect(renderMarkdown(sampleReport([{ ...passing, layers }]))).toContain('150 more are in report.json.');
  });

  it('stays below 60,000 bytes: ranges go before reasons, passing models before failing ones', () => {
    const layers = Array.from({ length: 60 }, () => ({ ...sampleLayer, name: 'β'.repeat(60) }));
    const targets = Array.from({ length: 8 }, (_, i) => ({ ...failing, target: `chip-${i}`, layers }));
    const wide = renderMarkdown(sampleReport(targets));
    expect(Buffer.byteLength(wide)).toBeLessThanOrEqual(60_000);
    expect(wide).toContain('|❌ **chip-7**|');

    const [model] = sampleReport([passing]).models;
    const many = Array.from({ length: 64 }, (_, i) => ({
      ...model,
      name: `model-${i}`,
      targets: Array.from({ length: 32 }, (_, j) => ({
        ...(i === 63 ? failing : passing),
        target: `chip-${j}`,
        layers,
      })),
    }));
    const tall = renderMarkdown(sampleReport([], { models: many }));
    expect(Buffer.byteLength(tall)).toBeLessThanOrEqual(60_000);
    expect(tall).toMatch(
      /^## ❌ Quantization loses too much on 32 of 2048 targets\n\n\|Target.*\n.*\n\|❌ \*\*model-63\*\*<br>chip-0 W4A8\|/,
    );
    expect(tall).toContain('more targets that pass are in report.json');
  });
});

import { describe, expect, it } from 'vitest';
import { renderMarkdown } from '../../../src/report/markdown.ts';
import { glanceAt } from '../../../src/report/markdown-sections.ts';
import { renderOverview } from '../../../src/report/overview.ts';
import { readPart } from '../../../src/report/overview-part.ts';
import { parseReport } from '../../../src/report/parse.ts';
import type { JudgedTarget, Report, TargetReport } from '../../../src/report/report-schema.ts';
import {
  attributed,
  improved,
  passing,
  recovered,
  regressed,
  sampleReport,
} from '../../support/sample-reports.ts';

const on = (chip: string, target: JudgedTarget = passing): JudgedTarget => ({
  ...target,
  target: chip,
  chip,
});
const based = (target: JudgedTarget): JudgedTarget => ({
  ...target,
  base: {
    ...regressed.base!,
    fp32: target.metric.fp32,
    onChip: { ...regressed.base!.onChip, verdict: 'pass' },
  },
});

/** A report on models by name. */
function reportOf(models: Readonly<Record<string, readonly TargetReport[]>>): Report {
  const [model] = sampleReport([passing]).models;
  const named = Object.entries(models).map(([name, targets]) => ({ ...model!, name, targets }));
  return parseReport(sampleReport([], { models: named }));
}

const glance = (report: Report, most = 24_000) => renderOverview(glanceAt([report]), most);
const rowsOf = (text: string) => text.split('\n').filter((line) => /^\|(✅|❌|⚠️)/.test(line));

/** Lines of Markdown that are seen while all that is folded stays so. */
function seenLines(text: string): string[] {
  let depth = 0;
  return text.split('\n').filter((line) => {
    const isSummary = depth === 0 && line.startsWith('<details');
    depth += line.startsWith('<details') ? 1 : line === '</details>' ? -1 : 0;
    return line !== '' && line !== '</details>' && (depth === 0 || isSummary);
  });
}

const twelve = () => {
  const chips = (first: JudgedTarget, second: JudgedTarget = passing) => [
    based(on('tensorrt')),
    based(on('snpe', first)),
    based(on('onnxruntime')),
    based(on('cambricon', second)),
  ];
  return reportOf({
    'kws-dscnn': chips(recovered),
    resnet20: chips(passing),
    mobilenet: chips(recovered, improved),
  });
};

describe('three models on four targets, of which three fail', () => {
  it('are seen at one glance, as golden/twelve.md has it', async () => {
    const text = renderMarkdown(twelve());
    await expect(text).toMatchFileSnapshot('golden/twelve.md');
    expect(seenLines(text).length).toBeLessThanOrEqual(60);
    expect(rowsOf(glance(twelve())).map(([, sign]) => sign)).toEqual([
      ...Array(3).fill('❌'),
      ...Array(9).fill('✅'),
    ]);
  });

  it('name targets of one cause together, with what to paste for each in one block', () => {
    const text = glance(twelve());
    expect(text.match(/Weights cost the most/g)).toHaveLength(1);
    expect(text).toContain('**kws-dscnn on snpe; mobilenet on snpe and cambricon**: ');
    expect(text.match(/^```diff$/gm)).toHaveLength(1);
    expect(text).toContain('@@ kws-dscnn, targets: @@\n- - snpe\n+ - chip: snpe\n+   recipe:');
    expect(text).toContain('@@ mobilenet, targets: @@');
  });
});

describe('the table', () => {
  it('says what targets have in common once, and what they compute in where they differ', () => {
    const w8a16 = { ...passing, scheme: { ...passing.scheme, activationBits: 16 } };
    const fp8 = { ...passing, scheme: { ...passing.scheme, precision: 'fp8' } } as const;
    expect(glance(reportOf({ a: [passing] }))).toContain('|Target|top1: FP32 → INT8|');
    const text = glance(reportOf({ a: [on('snpe', w8a16), on('tensorrt', fp8)] }));
    expect(text).toContain('|Target|top1: FP32 → target|');
    expect(text).toContain('|✅ snpe W8A16|');
    expect(text).toContain('|✅ tensorrt FP8|');
  });

  it('says the level of intervals once, and with each where they differ', () => {
    const at = (confidence: number, target = passing) => ({
      ...target,
      metric: { ...target.metric, confidence },
    });
    const same = glance(reportOf({ a: [on('snpe', at(0.96)), on('tensorrt', at(0.96))] }));
    expect(same).toMatch(/\[.*96 % interval.*\]\|/);
    expect(rowsOf(same).join()).not.toContain('96 %');
    const other = glance(reportOf({ a: [on('snpe', at(1 - 0.2 * (1 - 0.95))), on('tensorrt', at(0.96))] }));
    expect(other).not.toContain('% interval');
    expect(rowsOf(other).map((row) => /\] at (.*?)\|/.exec(row)?.[1])).toEqual(['99 %', '96 %']);
  });

  it('has what the base has below, and says where that is the same', () => {
    const [row] = rowsOf(glance(sampleReport([regressed])));
    expect(row).toContain('|96.55 → **96.43\u00a0%**<br><sub>base 98.04 → 98.03\u00a0%</sub>|');
    expect(row).toContain('|**1.49** of 1.00\u00a0pp by training<br>[1.00, 2.00]|train again|');
    const same = { ...passing, base: { ...regressed.base!, fp32: 0.9655, int8: 0.9643 } };
    expect(glance(sampleReport([same]))).toContain('<sub>as the base</sub>');
    const none = { ...passing, base: { ...regressed.base!, int8: null } };
    expect(glance(sampleReport([none]))).toContain('<sub>base 98.04 → –</sub>');
  });

  it('folds what passes where there are more than twelve rows', () => {
    const chips = Array.from({ length: 6 }, (_, i) => on(`chip-${i}`));
    expect(glance(reportOf({ a: chips, b: chips }))).not.toContain('<details>');
    const text = glance(reportOf({ a: [...chips, on('snpe', attributed)], b: chips, c: chips }));
    expect(rowsOf(text.slice(0, text.indexOf('<details>')))).toHaveLength(1);
    expect(text).toContain('<summary>✅ 18 targets pass, 2 models on all of theirs</summary>');
    expect(rowsOf(text)).toHaveLength(19);
  });

  it('has what is left out of a small one in words', () => {
    const chips = Array.from({ length: 30 }, (_, i) => on(`chip-${i}`, attributed));
    expect(Buffer.byteLength(glance(reportOf({ a: chips }), 3500))).toBeLessThanOrEqual(3500);
    expect(glance(reportOf({ a: chips }), 3500)).toContain('14 more targets are in report.json.');
    expect(glance(reportOf({ a: chips }), 10)).toBe('## ❌ Quantization loses too much on all 30 targets');
  });
});

describe('the heading', () => {
  const fails = (changes: Partial<JudgedTarget>): JudgedTarget => ({
    ...passing,
    verdict: 'fail',
    ...changes,
  });
  const undecided = { ...passing, verdict: 'inconclusive' } as const;
  const floor = { verdict: 'fail', value: 0.99, interval: [0.9, 0.98] } as const;
  const chip = { ...regressed.base!, training: { ...regressed.base!.training!, drop: 0.001 } };

  it.each<[string, readonly TargetReport[]]>([
    ['✅ Within the budget', [passing]],
    ['✅ Both targets are within the budget', [passing, on('snpe')]],
    ['❌ Quantization loses too much on 1 of 2 targets', [attributed, passing]],
    ['❌ Training lost too much', [regressed]],
    ['❌ Worse on the chip than the base branch', [fails({ base: chip })]],
    ['❌ Below the least accuracy that is allowed', [fails({ floor })]],
    ['❌ A tensor or layer keeps too little', [fails({ reasons: ['"x": 5 of 8 bits lost'] })]],
    ['❌ Too much accuracy is lost on both targets', [regressed, attributed]],
    ['⚠️ Too few samples to decide on 1 of 2 targets', [undecided, on('snpe')]],
  ])('is "%s"', (heading, targets) => {
    expect(glance(sampleReport(targets)).split('\n')[0]).toBe(`## ${heading}`);
  });

  it('says that it is accepted where all that would stop it is', () => {
    const accepted = { by: 'ada', reason: 'known' };
    const parts = glanceAt([sampleReport([attributed, passing], { accepted })]);
    const first = (seen: Parameters<typeof renderOverview>[0]) => renderOverview(seen, 24_000).split('\n')[0];
    expect(first(parts)).toBe('## ⚠️ Accepted: quantization loses too much on 1 of 2 targets');
    expect(first([...parts, { verdict: 'inconclusive', part: { notes: 'doubted' } }])).toMatch(/^## ❌ Q/);
  });
});

describe('what is read of other jobs', () => {
  it('is drawn where it is a part, and nothing else', () => {
    const [{ part }] = glanceAt([sampleReport([attributed])]);
    expect(readPart(JSON.parse(JSON.stringify(part)))).toEqual(part);
    for (const wrong of [undefined, null, 1, 'x', [], { row: {} }, { ...part, evil: 1 }])
      expect(readPart(wrong)).toBeUndefined();
    expect(renderOverview([{ verdict: 'fail', part: undefined }], 24_000)).toBe(
      '## ❌ Too much accuracy is lost',
    );
  });
});

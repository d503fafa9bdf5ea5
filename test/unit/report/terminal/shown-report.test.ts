import { describe, expect, it } from 'vitest';
import type { Report, TargetReport } from '../../../../src/report/report-schema.ts';
import { shownReport } from '../../../../src/report/terminal/shown-report.ts';
import { textWidth } from '../../../../src/report/terminal/styled.ts';
import { forbiddenIn } from '../../../support/forbidden.ts';
import { nasty } from '../../../support/nasty-report.ts';
import { attributed, estimated, passing, recovered, sampleReport } from '../../../support/sample-reports.ts';

const usual = {
  columns: 100,
  isVerbose: false,
  config: 'quantgate.yml',
  seconds: 12.3,
  isPart: false,
  next: 'open `out/report.md`',
};

function shown(report: Report, showing: Partial<typeof usual> = {}): string[] {
  return shownReport(report, { ...usual, ...showing }).map((line) => line.map(({ text }) => text).join(''));
}

/** A report that holds a text wherever a model, a layer, a metric or a file can put one. */
function saying(text: string): Report {
  const named = {
    ...recovered,
    reasons: [text],
    layers: recovered.layers.map((layer) => ({ ...layer, name: text })),
    likelyLeaders: { ...estimated.likelyLeaders!, layers: [{ layer: text }] },
  };
  const targets = [
    { ...named, metric: { ...named.metric, name: text } },
    { ...failed, reasons: [text] },
  ];
  return sampleReport(targets, { warnings: [text] });
}

const failed: TargetReport = { target: 'rknn', chip: 'rknn', verdict: 'error', reasons: ['no kernel for X'] };

describe('a report on a terminal', () => {
  it('is a table, a cause, what to paste and the next step', () => {
    expect(shown(sampleReport([passing, recovered]))).toMatchInlineSnapshot(`
      [
        "",
        "model  target    verdict  top1 FP32 → INT8       loss 95 % interval   allowed",
        "signs  tensorrt  ✓ pass   96.55 % → 96.43 %   0.12 pp [-0.20, 0.44]   1.00 pp",
        "signs  snpe      ✗ fail   96.55 % → 84.05 %  12.50 pp [11.10, 13.90]  1.00 pp",
        "",
        "why   snpe: Weights cost the most: "dw13/conv" alone makes 61 % of the output noise, 98 % of it",
        "      weight rounding",
        "fix   snpe: Set recipe: [equalize, correct-bias]: top1 96.35 %, drop 0.20 pp [-0.15, 0.55] pp at",
        "      97.5 % (measured), keeps every budget.",
        "      in place of this target's entry in quantgate.yml:",
        "        - chip: snpe",
        "          recipe: [equalize, correct-bias]",
        "      or npx --no -- quantgate run --apply snpe",
        "",
        "✗ fail on 1 of 2 targets in 12 s",
        "next  open out/report.md",
      ]
    `);
  });

  it('is laid out for 60 columns, and for less, but for what is to be pasted', () => {
    const report = sampleReport([passing, recovered, failed]);
    for (const columns of [60, 40, 24])
      for (const line of shown(report, { columns }).filter((each) => !each.startsWith(' '.repeat(8))))
        expect(textWidth(line), line).toBeLessThanOrEqual(columns);
    expect(shown(report, { columns: 60 }).slice(1, 7)).toMatchInlineSnapshot(`
      [
        "✓ pass signs on tensorrt",
        "  top1 96.55 % → 96.43 %, loss 0.12 pp [-0.20, 0.44],",
        "  allowed 1.00 pp",
        "✗ fail signs on snpe",
        "  top1 96.55 % → 84.05 %, loss 12.50 pp [11.10, 13.90],",
        "  allowed 1.00 pp",
      ]
    `);
  });

  it('says one cause of several targets once', () => {
    const other = { ...attributed, target: 'snpe-2' };
    const why = shown(sampleReport([attributed, other])).filter((line) => line.startsWith('why'));
    expect(why).toEqual([
      expect.stringMatching(/^why {3}snpe and snpe-2: Weights cost the most: "dw13\/conv"/),
    ]);
  });

  it('shows a few warnings, and all of them with the notes where all is wanted', () => {
    const warnings = [1, 2, 3, 4, 5].map((i) => `warning ${i}`);
    const report = sampleReport([passing], { warnings });
    const warned = (lines: string[]) => lines.filter((line) => line.startsWith('warn'));
    expect(warned(shown(report))).toEqual(['warn  warning 1', 'warn  warning 2', 'warn  warning 3']);
    expect(shown(report)).toContain('      2 more warnings: --verbose shows them');
    const all = shown(report, { isVerbose: true });
    expect(warned(all)).toHaveLength(5);
    expect(all.join('\n')).toContain(`note  ${passing.target}: ${passing.reasons[0].slice(0, 40)}`);
  });

  it('says which layers likely cost a target the most to who wants to know all', () => {
    const words = 'fc (about 50 % of the output noise)';
    expect(shown(sampleReport([estimated]), { isVerbose: true }).join('\n')).toContain(words);
    expect(shown(sampleReport([estimated])).join('\n')).not.toContain(words);
  });

  it('says of a part that it is one', () => {
    expect(shown(sampleReport([passing]), { isPart: true })).toContain(
      '✓ pass in 12 s, of a part of the configuration',
    );
  });

  it('counts those that pass where there are very many', () => {
    const many = Array.from({ length: 30 }, (_, i) => ({ ...passing, target: `t${i}` }));
    const lines = shown(sampleReport([...many, recovered]));
    expect(lines.length).toBeLessThan(20);
    expect(lines).toContain('beside these, 30 pass');
  });

  it('holds nothing but text, whatever a model, a layer or a metric is called', () => {
    for (const name of nasty)
      for (const columns of [100, 60])
        for (const line of shown(saying(name), { columns, isVerbose: true }))
          expect(forbiddenIn(line), line).toEqual([]);
  });
});

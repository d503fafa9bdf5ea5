import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderMarkdown } from '../../../src/report/markdown.ts';
import { renderRecovery } from '../../../src/report/markdown-recovery.ts';
import { parseReport } from '../../../src/report/parse.ts';
import { planSentence } from '../../../src/report/recovery-plan.ts';
import type { JudgedTarget } from '../../../src/report/report-schema.ts';
import { nasty } from '../../support/nasty-report.ts';
import { attributed, improved, passing, recovered, sampleReport } from '../../support/sample-reports.ts';

type Recovery = NonNullable<JudgedTarget['recovery']>;

const all = { attempts: 40, suggestions: true, charts: true };
const plan = recovered.recovery!.plan!;
const planned = (changes: Partial<Recovery['plan']>): JudgedTarget => ({
  ...recovered,
  recovery: { ...recovered.recovery!, plan: { ...plan, ...changes } },
});

describe('what recovery found', () => {
  it('is a block to paste where it is not in view, what writes it, and where the repaired model lies', () => {
    expect(
      renderRecovery({ ...recovered, verdict: 'pass' }, { ...all, attempts: 0 }),
    ).toBe(`<details><summary>Recovery: what was tried on snpe</summary>

In place of this target's entry in \`targets:\`, or with \`npx --no -- quantgate run --apply snpe\`:

\`\`\`yaml
- chip: snpe
  recipe: [equalize, correct-bias]
\`\`\`

The repaired model and its parameters: <code>recovered/signs/snpe/</code> with <code>encodings.json</code>, <code>model.onnx</code>.

</details>`);
    expect(renderRecovery(recovered, all)).not.toContain('```yaml');
  });

  it('is written by nothing where it misses the budgets', () => {
    const text = renderRecovery({ ...improved, verdict: 'pass' }, all);
    expect(text).toContain("In place of this target's entry in `targets:`:\n\n```yaml\n- chip: snpe");
    expect(text).not.toContain('--apply');
    expect(text).not.toContain('recovered/');
  });

  it('says on how many samples the figures are of what left early', () => {
    const { recovery } = improved;
    const stopped = { at: 48, of: 2496 };
    const [first, ...others] = recovery!.attempts.filter(({ measured }) => measured !== undefined);
    const attempts = [{ ...first, measured: { ...first.measured!, stopped } }, ...others];
    const curve = [{ layers: 1, quantized: 0.5, drop: 0.4, stopped }];
    const plan = { ...recovery!.plan!, measured: { ...recovery!.plan!.measured, stopped } };
    const target = { ...improved, recovery: { ...recovery!, attempts, curve, plan } };
    const text = renderRecovery(target, all);
    expect(text).toContain(', on 48 of 2,496 samples|');
    expect(text).toContain('What surely missed a budget was not evaluated further.');
    expect(text).toContain('1: 40.00 pp on 48 of 2,496 samples.');
    expect(planSentence(target, plan)).toContain('95.05 % on 48 of 2,496 samples, drop');
    expect(renderRecovery(improved, all)).not.toContain('2,496 samples');
    expect(parseReport(sampleReport([target])).models[0].targets[0]).toEqual(target);
  });

  it('says what another name of the target brings', () => {
    const changes = { weights: 'per-channel', range: 'kl' } as const;
    expect(renderRecovery({ ...planned({ changes }), verdict: 'pass' }, all)).toMatch(
      /```yaml\n- chip: snpe\n {2}weights: per-channel\n {2}range: kl\n```\n\n`weights:` and `range:` are part of the target's name, .*anew\.\n\nIts parameters: /,
    );
    expect(renderRecovery(planned({ changes: { range: 'kl' } }), all)).toContain('\n\n`range:` is part');
    expect(renderRecovery(recovered, all)).not.toContain("the target's name");
  });

  it('names files of several folders, and leaves long blocks to report.json', () => {
    const layers = Object.fromEntries(
      Array.from({ length: 65 }, (_, i) => [`l${i}`, { activationBits: 16 }]),
    );
    const text = renderRecovery(planned({ changes: { layers }, files: ['a/b', 'c/d'] }), all);
    expect(text).toContain(
      'The 65 entries are in report.json, and `npx --no -- quantgate run --apply snpe` writes them.',
    );
    expect(text).toContain('Its parameters: <code>a/b</code>, <code>c/d</code>.');
  });

  it('is folded of a target that passes, and nothing where nothing was sought', () => {
    expect(renderRecovery({ ...recovered, verdict: 'pass' }, all)).toMatch(
      /^<details><summary>Recovery: what was tried on snpe<\/summary>\n\nIn place of this target/,
    );
    expect(renderRecovery(attributed, all)).toBe('');
    expect(
      renderRecovery({ ...attributed, recovery: { plan: null, attempts: [], problem: 'no' } }, all),
    ).toBe('');
  });

  it('is the first thing that a target which fails is said to need, also where nothing was attributed', () => {
    const text = renderMarkdown(sampleReport([{ ...recovered, attribution: undefined, remedies: [] }]));
    expect(text).toContain(
      '**snpe**: **Fix, measured:** top1 96.35 %, drop 0.20 pp &#91;-0.15, 0.55] at 97.5 %.',
    );
    expect(renderMarkdown(sampleReport([{ ...passing, recovery: recovered.recovery }]))).not.toContain(
      '**Fix, measured:**',
    );
  });
});

describe('what was tried', () => {
  it('says of how many samples the figures are that it stands beside, where the target stopped early', () => {
    const stopped = { of: 2496, interval: 'always-valid' } as const;
    const early = { ...recovered, metric: { ...recovered.metric, samples: 32, stopped } };
    expect(renderRecovery(early, all)).toContain('|now, on 32 of 2,496 samples||84.05 %|12.50 pp|fail|');
  });

  it('has a row for each change, the plan marked', () => {
    const rows = renderRecovery(recovered, all)
      .split('\n')
      .filter((line) => line.startsWith('|'));
    expect(rows).toEqual([
      '|Change|Output SQNR|top1|Drop|Verdict|',
      '|-|-|-|-|-|',
      '|now||84.05 %|12.50 pp|fail|',
      '|2 ranges|13.3 dB|90.12 %|6.43 pp|fail|',
      '|<code>recipe: &#91;gptq, correct-bias]</code>|17.0 dB|–|–|–|',
      '|**<code>recipe: &#91;equalize, correct-bias]</code>: the plan**|24.0 dB|96.35 %|0.20 pp|pass|',
    ]);
  });

  it('is cut, and says how strictly it was judged', () => {
    const text = renderRecovery(improved, { ...all, attempts: 1 });
    expect(text).toContain('\n\n2 more are in report.json.\n\n');
    expect(text).toContain('judged the more strictly the more of them there were: the plan at 99 %.');
    const without = { ...improved, recovery: { ...improved.recovery!, plan: null } };
    expect(renderRecovery(without, all)).toContain(
      'evaluated, and judged the more strictly the more of them there were.',
    );
    expect(renderRecovery(without, all)).not.toContain('the plan');
    const unmeasured = { ...without.recovery, attempts: [{ kind: 'ranges', ranges: 2 } as const] };
    expect(renderRecovery({ ...improved, recovery: unmeasured }, all)).not.toContain('evaluated');
  });

  it('has the curve of layers in higher precision, also in words', () => {
    const text = renderRecovery(improved, all);
    expect(text).toContain('Drop by the number of layers in higher precision: 1: 2.50 pp, 2: 1.50 pp.');
    expect(text).toContain('  line [2.5000, 1.5000]');
    expect(text).toContain('|**2 layers in higher precision, <code>recipe: &#91;round]</code>: the plan**|');
    expect(renderRecovery(improved, { ...all, charts: false })).not.toContain('mermaid');
  });

  it('shows any text as text', () => {
    const anyText = fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), fc.constantFrom(...nasty));
    fc.assert(
      fc.property(anyText, (text) => {
        const misses = planned({ standing: 'misses', reasons: [text] });
        const failed = {
          ...attributed,
          suggestion: null,
          recovery: { plan: null, attempts: [], problem: text.slice(0, 300) },
        };
        for (const target of [misses, failed]) {
          const named = { ...target, metric: { ...target.metric, name: text.slice(0, 64) } };
          const said = renderMarkdown(parseReport(sampleReport([named])))
            .split('\n')
            .find((line) => /not enough, measured|could be sought/.test(line))!
            .replace(/\[[^\][]*\]\(https:\/\/github\.com\/quantgate\/quantgate\/[^)]*\)/g, '');
          const rest = said.replace(/<\/?code>|\*\*|`minutes:`|`recover:`/g, '');
          expect(rest).not.toMatch(/[<`[*~|]|@(?=[\w-])|:\/\//);
        }
      }),
      { numRuns: 200 },
    );
  });
});

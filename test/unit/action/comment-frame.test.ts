import { describe, expect, it } from 'vitest';
import { footerOf, frameOf, seenOf } from '../../../src/action/comment-frame.ts';
import type { Section } from '../../../src/github/comment-body.ts';
import { glanceAt } from '../../../src/report/markdown-sections.ts';
import type { OverviewPart } from '../../../src/report/overview-part.ts';
import type { Report } from '../../../src/report/report-schema.ts';
import { sha } from '../../support/http-mocks.ts';
import { attributed, passing, recovered, sampleReport } from '../../support/sample-reports.ts';

const RUN = 'https://github.test/octo/models/actions/runs/7';
const judged = { head: sha('b'), run: { id: 7, url: RUN } };
const change = { base: sha('a'), branch: 'main', pullRequest: 1 };
const error = { target: 'rknn', chip: 'rknn', verdict: 'error', reasons: ['no'] } as const;

const footer = (report: Report, more: Partial<OverviewPart> = {}) =>
  footerOf(
    glanceAt([report]).map(({ verdict, part }) => ({ verdict, part: { ...part, ...more } })),
    judged,
  );

describe('the last line of a comment', () => {
  it('says what was judged against what, and where', () => {
    const text = footer(sampleReport([passing], { change }));
    expect(text).toBe(
      `<sub>Judged [<code>bbbbbbb</code>](https://github.test/octo/models/commit/${sha('b')}) against ` +
        `[<code>aaaaaaa</code>](https://github.test/octo/models/commit/${sha('a')}) of <code>main</code> in [this run](${RUN})</sub>`,
    );
  });

  it('links the report, and the files of each chip by model', () => {
    const text = footer(sampleReport([passing]), { chip: 11, recovered: 12, report: 13 });
    expect(text).toContain(`[report.html](${RUN}/artifacts/13)`);
    expect(text).toContain(`Files for the chips: [tensorrt](${RUN}/artifacts/11)`);
    expect(text).toContain(`Repaired models: [tensorrt](${RUN}/artifacts/12)`);
    const many = Array.from({ length: 17 }, (_, i) => ({ ...passing, target: `t${i}` }));
    expect(footer(sampleReport(many), { chip: 11 })).toContain(`[17 artifacts](${RUN}#artifacts)`);
  });

  it.each<[string, Report, readonly string[]]>([
    ['nothing where all pass', sampleReport([passing]), []],
    [
      'what applies and accepts',
      sampleReport([recovered, passing]),
      ['apply', `accept ${sha('b')} &#60;reason&#62;`],
    ],
    [
      'nothing to accept twice',
      sampleReport([recovered], { accepted: { by: 'ada', reason: 'x' } }),
      ['apply'],
    ],
    ['another run of an error', sampleReport([error]), ['rerun', `accept ${sha('b')} &#60;reason&#62;`]],
    [
      'no more than helps',
      sampleReport([{ ...attributed, suggestion: null }]),
      [`accept ${sha('b')} &#60;reason&#62;`],
    ],
  ])('asks for %s', (_, report, commands) => {
    const asked = [...footer(report).matchAll(/<code>\/quantgate ([^<]*)<\/code>/g)].map(([, each]) => each);
    expect(asked).toEqual(commands);
  });

  it('does not offer what nobody may accept: a model that could not be read', () => {
    const report = sampleReport([error]);
    const models = report.models.map((model) => ({ ...model, modelSha256: null }));
    expect(footer({ ...report, models })).not.toContain('accept');
  });
});

describe('what stands around the sections of several jobs', () => {
  const sectionsOf = (report: Report, name: string): Section[] => {
    const models = report.models.map((model) => ({ ...model, name }));
    return glanceAt([{ ...report, models }], ['text', 'text']).map(({ part, ...rest }) => ({
      ...rest,
      attempt: 1,
      said: JSON.parse(JSON.stringify(part)),
    }));
  };

  it('is one table of all, with one paragraph of what they share', () => {
    const all = [
      ...sectionsOf(sampleReport([recovered]), 'faces'),
      ...sectionsOf(sampleReport([recovered]), 'signs'),
    ];
    const { before, after } = frameOf(all, judged);
    expect(before.match(/^\|❌/gm)).toHaveLength(2);
    expect(before).toContain('**faces on snpe; signs on snpe**: **Weights cost the most**');
    expect(before).toMatch(
      /<details><summary>Everything that was measured, by target<\/summary>\n\n- faces: /,
    );
    expect(after).toMatch(/^<\/details>\n\n<sub>Judged /);
  });

  it('is drawn of what can be read alone', () => {
    const said = { row: { model: 'evil' } };
    expect(seenOf([{ verdict: 'pass', said }])).toEqual([{ verdict: 'pass', part: undefined }]);
    const section = { key: 'x/y', attempt: 1, verdict: 'pass', text: '', said } as const;
    expect(frameOf([section], judged).before).not.toContain('evil');
  });
});

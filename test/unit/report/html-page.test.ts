import { describe, expect, it } from 'vitest';
import { readReportText } from '../../../src/report/html/read-report.ts';
import { filledPage, renderPage } from '../../../src/report/html-page.ts';
import { forbiddenIn } from '../../support/forbidden.ts';
import { nasty } from '../../support/nasty-report.ts';
import { attributed, passing, recovered, regressed, sampleReport } from '../../support/sample-reports.ts';

const PLACE = '<script id="report" type="application/json"></script>';
const layers = nasty.map((name) => ({
  ...attributed.layers[0],
  name: `</script>${name}<!--<script>\u2028$&`,
}));
const hostile = sampleReport([{ ...attributed, layers }]);

describe('report.html', () => {
  it('holds the report in a script that no text of it ends', () => {
    const [before, inside, after, ...more] = filledPage(`a${PLACE}b`, hostile).split(
      /<script id="report" type="application\/json">|<\/script>/,
    );
    expect([before, after, more]).toEqual(['a', 'b', []]);
    expect(inside).not.toMatch(/[<\u2028\u2029]|(?!\n)\p{Cc}|\p{Cf}/u);
    expect(JSON.parse(inside)).toEqual(hostile);
  });

  it('allows nothing but its own script and style', async () => {
    const page = await renderPage(sampleReport([passing]));
    const policy = /Content-Security-Policy" content="([^"]+)"/.exec(page)![1];
    expect(policy).toMatch(/^default-src 'none'; script-src 'sha256-[\w+/=]+'; style-src 'sha256-[\w+/=]+';/);
    expect(page).not.toMatch(/\b(?:src|href)="?https?:/);
    expect(page.length).toBeLessThan(350_000);
    expect(forbiddenIn(page)).toEqual([]);
  });
});

describe('a report that is opened', () => {
  it('is the one that was written, in plain text', () => {
    const report = sampleReport([passing, recovered, regressed]);
    expect(readReportText(JSON.stringify(report))).toEqual({ report });
    expect(JSON.stringify(readReportText(JSON.stringify(hostile)))).not.toMatch(/[\u202e\u2028\u200b]/);
  });

  it.each([
    ['text', 'hello', 'it is no JSON'],
    ['null', 'null', 'this version'],
    ['another version', '{"version":2}', 'this version'],
    ['another kind of file', '{"version":1}', 'it is no report.json'],
    ['a key too many', JSON.stringify({ ...sampleReport([passing]), extra: 1 }), 'it is no report.json'],
    ['too much', ' '.repeat(2 ** 26 + 1), 'larger'],
  ])('is refused where it is %s', (_, text, problem) => {
    expect(readReportText(text)).toEqual({ problem: expect.stringContaining(problem) });
  });
});

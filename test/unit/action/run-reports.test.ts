import { describe, expect, it } from 'vitest';
import { isReport, readReports } from '../../../src/action/run-reports.ts';
import type { Api } from '../../../src/github/api.ts';
import { ApiError } from '../../../src/github/api-error.ts';
import type { Report } from '../../../src/report/report-schema.ts';
import { repository, sha } from '../../support/http-mocks.ts';
import { passing, sampleReport } from '../../support/sample-reports.ts';
import { zipOf } from '../../support/zip.ts';

const head = sha('a');
const about = (model: string): Report => {
  const report = sampleReport([passing], { head });
  return { ...report, models: report.models.map((each) => ({ ...each, name: model })) };
};
const unchanged = sampleReport([], { head, models: [], verdict: 'pass', unchanged: 'all is the same' });

interface Left {
  readonly name: string;
  /** As GitHub states it. */
  readonly size?: number;
  readonly expired?: boolean;
  /** What its download gives or throws; undefined where the client itself is broken. */
  readonly content: Uint8Array | Error | undefined;
}
const report = (name: string, json: Report | string, rest: Partial<Left> = {}): Left => {
  const content = typeof json === 'string' ? json : JSON.stringify(json);
  return { name, content: zipOf({ name: 'report.json', content }), ...rest };
};

/** GitHub, as far as one run and what it has left, the latest last. */
function runWith(all: readonly Left[]): { readonly api: Api; readonly downloaded: string[] } {
  const downloaded: string[] = [];
  const items = all.map(({ name, size = 1, expired = false }, i) => ({
    id: i + 1,
    name,
    size_in_bytes: size,
    expired,
    digest: null,
  }));
  async function* pages() {
    // GitHub promises no order.
    const listed = items.toReversed();
    for (let at = 0; at < listed.length; at += 100)
      yield { data: listed.slice(at, at + 100), url: 'https://api.github.test' };
  }
  const api: Api = {
    paginate: { iterator: pages },
    graphql: async () => undefined,
    request: async (_, { artifact_id }) => {
      const { name, content } = all[Number(artifact_id) - 1];
      downloaded.push(name);
      if (content instanceof Error) throw content;
      if (content === undefined) return undefined as never;
      return { data: new Blob([Buffer.from(content)]).stream() };
    },
  };
  return { api, downloaded };
}
const read = (...all: readonly Left[]) => readReports(runWith(all).api, repository, 7, head);

describe('the reports of a run', () => {
  it.each([
    ['quantgate-report', true],
    ['quantgate-report-faces', true],
    ['quantgate-reports', false],
    ['my-quantgate-report', false],
    ['quantgate-baseline', false],
  ])('are its artifacts of the name %s: %s', (name, expected) => {
    const artifact = { id: 1, name, size_in_bytes: 1, expired: false, digest: null };
    expect(isReport(artifact)).toBe(expected);
  });

  it('are those of the latest attempt, in the order in which they came', async () => {
    const { reports, problems } = await read(
      report('quantgate-report-a', about('old')),
      report('other', 'no report'),
      report('quantgate-report-b', about('hands')),
      report('quantgate-report-a', about('faces')),
    );
    expect(reports.flatMap(({ models }) => models.map(({ name }) => name))).toEqual(['faces', 'hands']);
    expect(problems).toEqual([]);
  });

  it('are none where it has left none', async () => {
    expect(await read()).toEqual({ reports: [], problems: [], artifacts: {} });
  });

  it('are the good ones, with a reason for each of the others', async () => {
    const { reports, problems } = await read(
      report('quantgate-report-a', about('faces')),
      report('quantgate-report-b', { ...about('hands'), head: sha('b') }),
      report('quantgate-report-c', { ...about('hands'), head: null }),
      report('quantgate-report-d', about('faces')),
      { name: 'quantgate-report-e', content: zipOf({ name: 'else.json', content: '{}' }) },
      report('quantgate-report-f', about('hands')),
    );
    expect(reports.flatMap(({ models }) => models.map(({ name }) => name))).toEqual(['faces', 'hands']);
    expect(problems).toEqual([
      `quantgate-report-b: it is about ${sha('b')}, the run judged ${head}: run the gate again`,
      `quantgate-report-c: it is about no commit, the run judged ${head}: run the gate again`,
      'quantgate-report-d: quantgate-report-a reports on model "faces" too: give each job models of its own',
      'quantgate-report-e: it holds no report.json: upload that of the gate at its top',
    ]);
  });

  it('may have several models, each of which nobody else may report on', async () => {
    const both = { ...about('faces'), models: [...about('faces').models, ...about('hands').models] };
    const { problems } = await read(
      report('quantgate-report-a', about('hands')),
      report('quantgate-report-b', both),
    );
    expect(problems).toEqual([expect.stringContaining('reports on model "hands" too')]);
  });
});

describe('of what a run leaves, no more is read', () => {
  it('than an artifact may have bytes, without a download', async () => {
    const { api, downloaded } = runWith([
      report('quantgate-report-a', about('faces'), { size: 2 ** 24 }),
      report('quantgate-report-b', about('hands'), { size: 2 ** 24 + 1 }),
    ]);
    const { reports, problems } = await readReports(api, repository, 7, head);
    expect(reports).toHaveLength(1);
    expect(problems).toEqual(['quantgate-report-b: it has 16777217 bytes, at most 16777216 are read']);
    expect(downloaded).toEqual(['quantgate-report-a']);
  });

  it('than a matrix has jobs, and the rest is a problem', async () => {
    const content = report('', unchanged).content;
    const many = (count: number) =>
      Array.from({ length: count }, (_, i) => ({ name: `quantgate-report-${i}`, content }));
    expect(await read(...many(256))).toMatchObject({ reports: { length: 256 }, problems: [] });
    const { reports, problems } = await read(...many(257));
    expect(reports).toHaveLength(256);
    expect(problems).toEqual(['the run has 257 reports, at most 256 are read']);
  });

  it('than all reports together may have bytes', async () => {
    const { content } = report('', JSON.stringify(unchanged).padEnd(2 ** 24));
    const full = Array.from({ length: 4 }, (_, i) => ({ name: `quantgate-report-${i}`, content }));
    const { reports, problems } = await read(...full, report('quantgate-report-z', unchanged));
    expect(reports).toHaveLength(4);
    expect(problems).toEqual(['quantgate-report-z: with it the reports have more than 67108864 bytes']);
  });
});

describe('an artifact that cannot be had', () => {
  const failing = (failure: ApiError['failure']) =>
    read(
      { name: 'quantgate-report-a', content: new ApiError('cannot download it', failure) },
      report('quantgate-report-b', about('hands')),
    );

  it.each([404, 410])('counts for nothing where GitHub says that it is gone (%i)', async (status) => {
    const { reports, problems } = await failing(status);
    expect(reports).toHaveLength(1);
    expect(problems).toEqual(['quantgate-report-a: cannot download it']);
  });

  it('counts for nothing where it has expired', async () => {
    const { problems } = await read(report('quantgate-report', about('faces'), { expired: true }));
    expect(problems).toEqual([expect.stringMatching(/^quantgate-report: artifact .* has expired/)]);
  });

  it.each([403, 500, 'unexpected'] as const)('ends the report where GitHub fails (%s)', async (failure) => {
    await expect(failing(failure)).rejects.toThrow('cannot download it');
  });

  it('is not to blame for a mistake of ours', async () => {
    await expect(read({ name: 'quantgate-report', content: undefined })).rejects.toThrow(TypeError);
  });

  it('shows its name on one line', async () => {
    const { problems } = await read(report('quantgate-report-\n::error::x', '{'));
    expect(problems).toEqual([expect.stringMatching(/^quantgate-report- ::error::x: report.json is not/)]);
  });
});

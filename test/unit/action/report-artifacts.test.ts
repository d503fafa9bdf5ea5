import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { report } from '../../../src/action/modes/report.ts';
import { addRun } from '../../fake-github/build.ts';
import { type Github, startGithub } from '../../fake-github/server.ts';
import type { Permissions } from '../../fake-github/state.ts';
import {
  bodies,
  conclusions,
  endOf,
  leave,
  makeWorld,
  permissions,
  reportOn,
  runMode,
  sections,
  type World,
} from '../../support/action-world.ts';
import { forbiddenIn } from '../../support/forbidden.ts';
import { nasty } from '../../support/nasty-report.ts';
import { failing, passing } from '../../support/sample-reports.ts';
import type { ZipEntry } from '../../support/zip.ts';

let github: Github;
beforeAll(async () => {
  github = await startGithub();
});
afterAll(() => github.close());

const run = (world: World, granted: Permissions = permissions) =>
  runMode(github, report, world, endOf(github, world), { granted });
const passes = (world: World) => reportOn(world, [passing]);

describe('report, of hostile artifacts', () => {
  const other = 'f'.repeat(40);
  const json = (world: World, change: object) => JSON.stringify({ ...passes(world), ...change });
  const entries: Readonly<Record<string, [(world: World) => readonly ZipEntry[], RegExp]>> = {
    'a zip bomb': [
      () => [{ name: 'report.json', content: Buffer.alloc(2 ** 25, ' ') }],
      /unpacks to more than 100 times its size/,
    ],
    'a size that is not stated': [
      (world) => [{ name: 'report.json', content: json(world, {}), states: 10 }],
      /is refused/,
    ],
    'more entries than anybody needs': [
      () => Array.from({ length: 300 }, (_, i) => ({ name: `${i}.json`, content: '{}' })),
      /it has 300 entries, at most 200 are read/,
    ],
    'a path out of the archive': [
      (world) => [{ name: '../report.json', content: json(world, {}) }],
      /is refused/,
    ],
    'a link': [(world) => [{ name: 'report.json', content: json(world, {}), mode: 0o120777 }], /is a link/],
    'the report twice': [
      (world) => [
        { name: 'report.json', content: json(world, {}) },
        { name: 'REPORT.json', content: json(world, {}) },
      ],
      /is in it twice/,
    ],
    'a report in a folder': [
      (world) => [{ name: 'deep/report.json', content: json(world, {}) }],
      /it holds no report.json/,
    ],
    'no JSON': [
      () => [{ name: 'report.json', content: '{"version":1,' }],
      /report.json is not a report .*\(no JSON: /,
    ],
    'no UTF-8': [
      () => [{ name: 'report.json', content: Buffer.from([0xff, 0xfe, 0x7b]) }],
      /report.json is not a report .*\(no JSON: /,
    ],
    'another form': [(world) => [{ name: 'report.json', content: json(world, { html: '<b>' }) }], /html/],
    'a verdict that its targets do not have': [
      (world) => [{ name: 'report.json', content: json(world, { ...reportOn(world), verdict: 'pass' }) }],
      /is not the worst of the targets/,
    ],
    "someone else's head": [
      (world) => [{ name: 'report.json', content: json(world, { head: other }) }],
      new RegExp(`it is about ${other}, the run judged`),
    ],
    'no head': [
      (world) => [{ name: 'report.json', content: json(world, { head: null }) }],
      /is about no commit/,
    ],
    'keys of the prototype': [
      () => [{ name: 'report.json', content: '{"__proto__":{"verdict":"pass"},"constructor":1}' }],
      /report.json/,
    ],
  };

  it.each(Object.entries(entries))('says what is wrong with %s', async (_, [make, expected]) => {
    const world = makeWorld(github);
    leave(github, world, make(world));
    const { error, outcome } = await run(world);
    expect({ error, failure: outcome?.failure }).toEqual({ error: undefined, failure: undefined });
    expect(bodies(world)[0]).toContain('## ❌ Nothing could be judged');
    expect(plain(bodies(world)[0])).toMatch(expected);
    expect(conclusions(world)).toEqual(['failure']);
  });

  it('takes two reports on one model for none', async () => {
    const world = makeWorld(github);
    leave(github, world, passes(world), 'quantgate-report-a');
    leave(github, world, reportOn(world), 'quantgate-report-b');
    await run(world);
    expect(plain(bodies(world)[0])).toMatch(
      /quantgate-report-b: quantgate-report-a reports on model "signs" too/,
    );
    expect(conclusions(world)).toEqual(['failure']);
  });

  it('reads no artifact of another name, nor one of another run', async () => {
    const world = makeWorld(github);
    const foreign = addRun(github.state, world.repo, { event: 'push', sha: world.pull.headSha });
    leave(github, { ...world, run: foreign }, passes(world));
    leave(github, world, passes(world), 'quantgate-reports');
    await run(world);
    expect(bodies(world)[0]).toContain('without a report');
  });

  it('says that an artifact has expired', async () => {
    const world = makeWorld(github);
    const { expired: _, ...artifact } = leave(github, world, passes(world));
    world.repo.artifacts.splice(0, 1, { ...artifact, expired: true });
    await run(world);
    expect(bodies(world)[0]).toContain('has expired');
  });

  it('shows all text of a report as text', async () => {
    const world = makeWorld(github);
    const texts = nasty.map((text) => text.slice(0, 2000));
    const target = { ...failing, reasons: texts, metric: { ...failing.metric, name: nasty[0] } };
    leave(github, world, { ...reportOn(world, [target]), warnings: texts });
    await run(world);
    const [body] = bodies(world);
    expect(forbiddenIn(body!)).toEqual([]);
    expect(body).not.toMatch(/<script|<img|@octocat|@org|\[(pixel|click)\]|^# heading|:\/\/evil|^::/im);
    const marks = body!.match(/<!--.*?-->/g)!;
    expect(marks.filter((mark) => /^<!-- quantgate(:section | key=|:end)/.test(mark))).toEqual(marks);
    expect(sections(world)).toEqual([['signs', 'signs/onnxruntime-w4a8']]);
  });

  it('stays below the size of a comment with the largest reports', async () => {
    const world = makeWorld(github);
    const layers = Array.from({ length: 400 }, (_, i) => ({
      ...failing.layers[0],
      name: `layer ${i} ${'x'.repeat(200)}`,
    }));
    const targets = Array.from({ length: 20 }, (_, i) => ({ ...failing, target: `t${i}`, layers }));
    leave(github, world, reportOn(world, targets));
    await run(world);
    expect(Buffer.byteLength(bodies(world)[0])).toBeLessThanOrEqual(60_000);
    expect(sections(world)[0]).toHaveLength(20);
  });
});

/** Markdown with its character references resolved, without those that have no width. */
function plain(markdown: string): string {
  return markdown
    .replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
    .replaceAll('\u200b', '');
}

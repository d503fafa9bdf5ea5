import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { report } from '../../../src/action/report.ts';
import { readComment, writeComment } from '../../../src/github/comment-body.ts';
import { ACTIONS_BOT, addComment, addRun, pushToPull } from '../../github/build.ts';
import { type Github, startGithub } from '../../github/server.ts';
import type { Permissions } from '../../github/state.ts';
import {
  baseConfig,
  bodies,
  endOf,
  leave,
  makeWorld,
  permissions,
  reportOn,
  runMode,
  type World,
} from '../../support/action-world.ts';
import type { ZipEntry } from '../../support/zip.ts';
import { nasty } from '../report/nasty.ts';
import { failing, passing, sampleReport } from '../report/sample.ts';

let github: Github;
beforeAll(async () => {
  github = await startGithub();
});
afterAll(() => github.close());

const KEY = '.github/workflows/quantgate.yml';
const run = (world: World, granted: Permissions = permissions) =>
  runMode(github, report, world, endOf(github, world), { granted });
const passes = (world: World) => sampleReport([passing], { head: world.pull.headSha });
const sections = (world: World) =>
  bodies(world).map((body) => readComment(body)?.sections.map(({ key }) => key));
const conclusions = ({ repo }: World) => repo.checkRuns.map(({ conclusion }) => conclusion);

/** The sticky comment of a run, as it would have been written. */
function addSticky(world: World, runId: number, text = 'earlier', head = world.pull.headSha) {
  const section = { key: 'signs/tensorrt', attempt: 1, verdict: 'fail', text } as const;
  const body = writeComment({ key: KEY, head, run: runId, sections: [section] });
  return addComment(github.state, world.repo, world.pull, ACTIONS_BOT, body);
}

describe('report', () => {
  it('says on the pull request of a fork what its run found, with commit, run and commands at the end', async () => {
    const world = makeWorld(github);
    leave(github, world, reportOn(world));
    const { outcome } = await run(world);
    expect(outcome).toEqual({ outputs: {}, summary: '', failure: undefined });
    const [body] = bodies(world);
    expect(bodies(world)).toHaveLength(1);
    expect(body).toContain('## Fail: above the budget\n');
    expect(body).toContain('### signs on onnxruntime-w4a8: fail, drop 12.50 pp of 1.00 pp');
    expect(body!.trim().split('\n').at(-1)).toMatch(
      new RegExp(`Judged ${world.pull.headSha} in \\[run ${world.run.id}\\]\\(https://.*/quantgate accept`),
    );
    expect(conclusions(world)).toEqual(['failure']);
  });

  it('merges the reports of a matrix into one comment, a section for each model and target', async () => {
    const world = makeWorld(github);
    const faces = passes(world).models.map((model) => ({ ...model, name: 'faces' }));
    leave(github, world, reportOn(world, [passing, failing]), 'quantgate-report-signs');
    leave(github, world, { ...passes(world), models: faces }, 'quantgate-report-faces');
    await run(world);
    expect(sections(world)).toEqual([['signs/onnxruntime-w4a8', 'faces/tensorrt', 'signs/tensorrt']]);
    expect(bodies(world)[0]).toContain('## Fail: above the budget on 1 of 3 targets');
  });

  it('reads the artifact of the latest attempt', async () => {
    const world = makeWorld(github);
    leave(github, world, reportOn(world));
    leave(github, world, passes(world));
    world.run.attempt = 2;
    await run(world);
    expect(conclusions(world)).toEqual(['success']);
  });

  it('edits the comment of an earlier run, and keeps it up to date when all is well', async () => {
    const world = makeWorld(github);
    addSticky(world, 5);
    leave(github, world, passes(world));
    await run(world);
    expect(bodies(world)).toHaveLength(1);
    expect(bodies(world)[0]).toContain('## Pass');
  });

  it('replaces what an earlier attempt said', async () => {
    const world = makeWorld(github);
    await run(world);
    expect(sections(world)).toEqual([['the run']]);
    leave(github, world, reportOn(world));
    world.run.attempt = 2;
    await run(world);
    expect(sections(world)).toEqual([['signs/onnxruntime-w4a8']]);
  });

  it('does not speak where the policy of the base says so', async () => {
    const world = makeWorld(github, { config: `comment: never\n${baseConfig}` });
    leave(github, world, reportOn(world));
    await run(world);
    expect(bodies(world)).toEqual([]);
    expect(conclusions(world)).toEqual(['failure']);
  });

  it('says nothing of a pass at first', async () => {
    const world = makeWorld(github);
    leave(github, world, passes(world));
    await run(world);
    expect(bodies(world)).toEqual([]);
  });

  it('does not let an older run write over a newer one', async () => {
    const world = makeWorld(github);
    const newer = addSticky(world, world.run.id + 500, 'newer');
    const { body } = newer;
    leave(github, world, reportOn(world));
    const { log } = await run(world);
    expect(bodies(world)).toEqual([body]);
    expect(log).toContain(
      `warning: the comment on pull request 1 shows run ${world.run.id + 500}, which is later: it stays`,
    );
  });

  it('writes nothing when the pull request has moved on', async () => {
    const world = makeWorld(github);
    leave(github, world, reportOn(world));
    pushToPull(github.state, world.repo, world.pull, { 'signs.onnx': 'better' });
    const { log } = await run(world);
    expect([bodies(world), conclusions(world)]).toEqual([[], []]);
    expect(log.join()).toMatch(/notice: no open pull request has .* as its head now/);
  });

  it('writes nothing when the fork is gone', async () => {
    const world = makeWorld(github);
    const event = endOf(github, world);
    const payload = { ...event.payload, workflow_run: { ...runOf(event.payload), head_repository: null } };
    const { log } = await runMode(github, report, world, { ...event, payload });
    expect(log.join()).toMatch(/no open pull request/);
  });

  it.each([
    ['cancelled', '## Error', 'the gate ended (cancelled) without a report'],
    ['failure', '## Error', 'the gate ended (failure) without a report'],
    ['success', '## Error', 'the gate ended (success) without a report'],
  ])('says that a run without a report ended %s', async (conclusion, heading, text) => {
    const world = makeWorld(github);
    world.run.conclusion = conclusion;
    await run(world);
    expect(bodies(world)[0]).toContain(heading);
    expect(bodies(world)[0]).toContain(text);
    expect(conclusions(world)).toEqual(['failure']);
  });

  it.each([['push'], ['schedule']])('leaves runs of event %s alone', async (event) => {
    const world = makeWorld(github);
    const other = { ...world, run: addRun(github.state, world.repo, { event, sha: world.pull.headSha }) };
    leave(github, other, reportOn(world));
    await run(other);
    expect([bodies(world), conclusions(world)]).toEqual([[], []]);
  });

  it('says which permissions are missing, and still publishes what it may', async () => {
    const world = makeWorld(github);
    leave(github, world, reportOn(world));
    const { log } = await run(world, { actions: 'read', checks: 'write', pull_requests: 'read' });
    expect(log.join('\n')).toContain('permissions: { contents: read, pull-requests: write }');
    expect(conclusions(world)).toEqual(['failure']);
    const other = makeWorld(github);
    leave(github, other, reportOn(other));
    const second = await run(other, { actions: 'read', pull_requests: 'write' });
    expect(second.log.join('\n')).toContain('permissions: { contents: read, checks: write }');
    expect(bodies(other)).toHaveLength(1);
  });

  it('doubts the report of a pull request that changes workflows', async () => {
    const files = { [KEY]: 'name: quantgate' };
    const world = makeWorld(github, { files });
    leave(github, world, passes(world));
    await run(world);
    expect(bodies(world)[0]).toContain('## Inconclusive: it may not be believed as it is');
    expect(bodies(world)[0]).toContain(`the pull request changes ${KEY}`);
    expect(conclusions(world)).toEqual(['neutral']);
  });
});

function runOf(payload: object): object {
  return (payload as { workflow_run: object }).workflow_run;
}

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
    'no JSON': [() => [{ name: 'report.json', content: '{"version":1,' }], /report.json is no JSON/],
    'no UTF-8': [
      () => [{ name: 'report.json', content: Buffer.from([0xff, 0xfe, 0x7b]) }],
      /report.json is no JSON/,
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
    expect(bodies(world)[0]).toContain('## Error: nothing could be judged');
    expect(plain(bodies(world)[0]!)).toMatch(expected);
    expect(conclusions(world)).toEqual(['failure']);
  });

  it('takes two reports on one model for none', async () => {
    const world = makeWorld(github);
    leave(github, world, passes(world), 'quantgate-report-a');
    leave(github, world, reportOn(world), 'quantgate-report-b');
    await run(world);
    expect(plain(bodies(world)[0]!)).toMatch(
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
    const target = { ...failing, reasons: texts, metric: { ...failing.metric, name: nasty[0]! } };
    leave(github, world, { ...reportOn(world, [target]), warnings: texts });
    await run(world);
    const [body] = bodies(world);
    expect(body).not.toMatch(/<script|<img|@octocat|@org|\[(pixel|click)\]|^# heading|:\/\/evil|^::/im);
    const marks = body!.match(/<!--.*?-->/g)!;
    expect(marks.filter((mark) => /^<!-- quantgate(:section | key=|:end)/.test(mark))).toEqual(marks);
    expect(sections(world)).toEqual([['signs', 'signs/onnxruntime-w4a8']]);
  });

  it('stays below the size of a comment with the largest reports', async () => {
    const world = makeWorld(github);
    const layers = Array.from({ length: 400 }, (_, i) => ({
      ...failing.layers[0]!,
      name: `layer ${i} ${'x'.repeat(200)}`,
    }));
    const targets = Array.from({ length: 20 }, (_, i) => ({ ...failing, target: `t${i}`, layers }));
    leave(github, world, reportOn(world, targets));
    await run(world);
    expect(Buffer.byteLength(bodies(world)[0]!)).toBeLessThanOrEqual(60_000);
    expect(sections(world)[0]).toHaveLength(20);
  });
});

/** Markdown with its character references resolved. */
function plain(markdown: string): string {
  return markdown.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)));
}

describe('report, beside another', () => {
  it('two reports on one run end with one comment, whoever comes first', async () => {
    const world = makeWorld(github);
    leave(github, world, reportOn(world));
    github.barrier('issues/list-comments', 2);
    const [first, second] = await Promise.all([run(world), run(world)]);
    expect([first.error, second.error]).toEqual([undefined, undefined]);
    expect(sections(world)).toEqual([['signs/onnxruntime-w4a8']]);
  });

  it('two runs at once end with the comment of the later one', async () => {
    const world = makeWorld(github);
    const again = addRun(github.state, world.repo, {
      event: 'pull_request',
      sha: world.pull.headSha,
      branch: world.pull.headBranch,
      from: github.state.repos.get(world.pull.headRepo!)!,
      actor: 'eve',
    });
    const later = { ...world, run: again };
    leave(github, world, reportOn(world));
    leave(github, later, reportOn(world, [{ ...failing, target: 'later' }]));
    github.barrier('issues/list-comments', 2);
    await Promise.all([run(world), run(later)]);
    expect(sections(world)).toEqual([['signs/later']]);
  });
});

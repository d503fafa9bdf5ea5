import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../../src/report/report-schema.ts';
import { faults } from '../../fake-github/faults.ts';
import { type Github, startGithub } from '../../fake-github/server.ts';
import { bodies, makeWorld, reportOn, sections, type World } from '../../support/action-world.ts';
import { publishOn } from '../../support/publishing.ts';
import { failing, passing } from '../../support/sample-reports.ts';

let github: Github;
beforeAll(async () => {
  github = await startGithub();
});
afterAll(() => github.close());

const say = (world: World, reports: readonly Report[], given?: Parameters<typeof publishOn>[3]) =>
  publishOn(github, world, reports, given);

const named = (report: Report, name: string): Report => ({
  ...report,
  models: report.models.map((model) => ({ ...model, name })),
});
const unchanged = (world: World, why: string): Report => ({
  ...reportOn(world),
  verdict: 'pass',
  unchanged: why,
  provider: null,
  models: [],
});
const checks = ({ repo }: World) => repo.checkRuns.map(({ name, conclusion }) => `${name}: ${conclusion}`);

describe('publish', () => {
  it('keeps the check runs of jobs apart whose many models begin alike', async () => {
    const world = makeWorld(github);
    const many = Array.from({ length: 30 }, (_, i) => `model-${i}`);
    await say(world, [named(reportOn(world), 'a')], { models: [...many, 'a'] });
    await say(world, [named(reportOn(world, [passing]), 'b')], { models: [...many, 'b'] });
    expect(world.repo.checkRuns.map(({ conclusion }) => conclusion)).toEqual(['failure', 'success']);
    expect(new Set(world.repo.checkRuns.map(({ name }) => name)).size).toBe(2);
    for (const { name } of world.repo.checkRuns) expect(name).toHaveLength(100);
  });

  it('unites the jobs of a matrix in one comment, each with a check run of its own', async () => {
    const world = makeWorld(github);
    github.barrier('issues/list-comments', 2);
    const said = await Promise.all([
      say(world, [named(reportOn(world), 'faces')], { models: ['faces'] }),
      say(world, [named(reportOn(world, [passing]), 'signs')], { models: ['signs'] }),
    ]);
    expect(said).toEqual([[], []]);
    expect(sections(world)).toEqual([['faces/onnxruntime-w4a8', 'signs/tensorrt']]);
    const [body] = bodies(world);
    expect(body).toContain('## ❌ Quantization loses too much on 1 of 2 targets');
    expect(body).toMatch(/\n\|❌ \*\*faces\*\*<br>onnxruntime-w4a8 W4A8\|.*\n\|✅ signs<br>tensorrt INT8\|/);
    expect(checks(world).sort()).toEqual([
      'quantgate (main: faces): failure',
      'quantgate (main: signs): success',
    ]);
  });

  it('unites jobs whose models have not changed with others', async () => {
    const world = makeWorld(github);
    await say(world, [unchanged(world, 'faces.onnx is the same')], { models: ['faces'] });
    expect(bodies(world)[0]).toContain('## ✅ No model has changed');
    await say(world, [unchanged(world, 'hands.onnx is the same')], { models: ['hands'] });
    await say(world, [reportOn(world)], { models: ['signs'] });
    expect(sections(world)).toEqual([['signs/onnxruntime-w4a8', 'no model faces', 'no model hands']]);
  });

  it('keeps what other jobs said when one runs again', async () => {
    const world = makeWorld(github);
    await say(world, [named(reportOn(world), 'faces')]);
    await say(world, [named(reportOn(world), 'signs')]);
    world.run.attempt = 2;
    await say(world, [named(reportOn(world, [{ ...passing, target: failing.target }]), 'signs')]);
    expect(sections(world)).toEqual([['faces/onnxruntime-w4a8', 'signs/onnxruntime-w4a8']]);
    expect(bodies(world)[0]).toContain('## ❌ Quantization loses too much on 1 of 2 targets');
  });

  it('has warnings, both verdicts and the acceptance above the targets', async () => {
    const world = makeWorld(github);
    const report = {
      ...reportOn(world),
      warnings: ['3 samples are in both sets'],
      proposed: { verdict: 'pass', reasons: [] },
      accepted: { by: 'ada', reason: 'ships tomorrow' },
    } as const;
    await say(world, [report]);
    expect(sections(world)).toEqual([['signs', 'signs/onnxruntime-w4a8']]);
    const [body] = bodies(world);
    for (const text of [
      '3 samples are in both sets',
      'Accepted by **ada**: ships tomorrow',
      'With its own: **pass**',
    ])
      expect(body).toContain(text);
    expect(checks(world)).toEqual(['quantgate (main): neutral']);
  });

  it('makes only a check run in a merge group', async () => {
    const world = makeWorld(github);
    expect(await say(world, [reportOn(world)], { pullRequest: undefined })).toEqual([]);
    expect([bodies(world), checks(world)]).toEqual([[], ['quantgate (main): failure']]);
  });

  it('has a comment for each workflow', async () => {
    const world = makeWorld(github);
    const run = { id: world.run.id, attempt: 1, url: 'https://github.test/run' };
    await say(world, [reportOn(world)], { run: { ...run, workflow: '.github/workflows/a.yml' } });
    await say(world, [reportOn(world)], { run: { ...run, workflow: '.github/workflows/b.yml' } });
    expect(sections(world)).toHaveLength(2);
  });

  it('never throws for what GitHub does not do: it says so, and does the rest', async () => {
    const world = makeWorld(github);
    github.fault('issues/create-comment', faults.invalid);
    const lines = await say(world, [reportOn(world)]);
    expect(lines).toEqual([expect.stringMatching(/^cannot comment on pull request 1: .*\(422/)]);
    expect(checks(world)).toEqual(['quantgate (main): failure']);
    const silent = await say(makeWorld(github), [reportOn(world)], { granted: { contents: 'read' } });
    expect(silent).toEqual([
      expect.stringContaining('pull-requests: write'),
      expect.stringContaining('checks: write'),
    ]);
  });

  it('throws for a mistake of ours', async () => {
    const pause = async () => {
      throw new RangeError('a mistake');
    };
    const world = makeWorld(github);
    await expect(say(world, [reportOn(world)], { pause })).rejects.toThrow(RangeError);
  });
});

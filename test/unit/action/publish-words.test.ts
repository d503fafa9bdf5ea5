import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Whole } from '../../../src/action/publish.ts';
import type { JudgedTarget, Report } from '../../../src/report/report-schema.ts';
import { sha256Of } from '../../../src/sha256.ts';
import { type Github, startGithub } from '../../fake-github/server.ts';
import { bodies, makeWorld, reportOn, sections, type World } from '../../support/action-world.ts';
import { publishOn } from '../../support/publishing.ts';
import { passing } from '../../support/sample-reports.ts';

let github: Github;
beforeAll(async () => {
  github = await startGithub();
});
afterAll(() => github.close());

/** What stands on a pull request once these are published. */
async function published(
  make: (world: World) => readonly Report[],
  given: Parameters<typeof publishOn>[3] = {},
) {
  const world = makeWorld(github);
  await publishOn(github, world, make(world), given);
  const [check] = world.repo.checkRuns;
  return { world, body: bodies(world)[0], sections: sections(world)[0], check };
}
const fails = (world: World): Report => reportOn(world);
const passes = (world: World): Report => reportOn(world, [passing]);
const named = (report: Report, name: string): Report => ({
  ...report,
  models: report.models.map((model) => ({ ...model, name })),
});
const accepted = (report: Report): Report => ({ ...report, accepted: { by: 'mia', reason: 'ships' } });
const unchanged = (world: World): Report => ({
  ...reportOn(world),
  verdict: 'pass',
  unchanged: 'all is the same',
  models: [],
});
const whole = (given: Partial<Whole>): Whole => ({ problems: [], doubts: [], ...given });
const undecided: JudgedTarget = { ...passing, verdict: 'inconclusive' };

describe('the headline', () => {
  it.each<[string, (world: World) => readonly Report[], Whole | undefined]>([
    ['✅ Within the budget', (world) => [passes(world)], undefined],
    ['✅ No model has changed', (world) => [unchanged(world)], undefined],
    ['⚠️ Too few samples to decide', (world) => [reportOn(world, [undecided])], undefined],
    [
      '⚠️ A maintainer has to look at this first',
      (world) => [passes(world)],
      whole({ doubts: ['it changes workflows'] }),
    ],
    [
      '⚠️ Too few samples to decide',
      (world) => [reportOn(world, [undecided])],
      whole({ doubts: ['it changes workflows'] }),
    ],
    [
      '❌ Quantization loses too much',
      (world) => [fails(world)],
      whole({ doubts: ['it changes workflows'] }),
    ],
    ['❌ Nothing could be judged', () => [], whole({ problems: ['there is none'] })],
  ])('is "%s"', async (words, make, whole) => {
    const { body, check } = await published(make, { whole });
    expect(body).toMatch(new RegExp(`^## ${words}`, 'm'));
    expect(check.output.title).toMatch(new RegExp(`^${words}`));
  });
});

describe('remarks on a whole run', () => {
  it('stand above all else: problems as an error, with the doubts after them', async () => {
    const { body, sections, check } = await published((world) => [passes(world)], {
      whole: whole({ problems: ['one is missing', 'one is broken'], doubts: ['it changes workflows'] }),
    });
    expect(sections).toEqual(['the run', 'signs/tensorrt']);
    expect(body).toContain('**Not judged:**\n\n- one is missing\n- one is broken\n- it changes workflows\n');
    expect(body).not.toContain('may not be believed');
    expect(check.conclusion).toBe('failure');
  });

  it('that are doubts alone leave it open', async () => {
    const { body, check } = await published((world) => [passes(world)], {
      whole: whole({ doubts: ['it changes workflows'] }),
    });
    expect(body).toContain('**This may not be believed as it is:**\n\n- it changes workflows\n');
    expect(check.conclusion).toBe('action_required');
  });

  it('are none where there is nothing to say', async () => {
    const { sections, check } = await published((world) => [passes(world)], { whole: whole({}) });
    expect(sections).toEqual(['signs/tensorrt']);
    expect(check.conclusion).toBe('success');
  });

  it.each([
    [20, undefined],
    [21, '- and 1 more'],
    [25, '- and 5 more'],
  ])('of which there are %i end with %s', async (count, last) => {
    const problems = Array.from({ length: count }, (_, i) => `problem ${i + 1}`);
    const { body, check } = await published(() => [], { whole: whole({ problems }) });
    expect(check.output.summary).toContain(`${last ?? `- ${problems.at(-1)}`}\n\n<sub>`);
    const lines = body.split('\n').filter((line) => line.startsWith('- '));
    expect(lines.slice(0, 20)).toEqual(problems.slice(0, 20).map((each) => `- ${each}`));
    expect(lines[20]).toBe(last);
    expect(lines.length).toBe(Math.min(count, 21));
  });

  it('are shown as text', async () => {
    const { body } = await published(() => [], { whole: whole({ problems: ['<b>@ada</b>'] }) });
    expect(body).not.toMatch(/<b>|@ada/);
  });
});

describe('a check run', () => {
  it('has its verdict as title, and all sections with commit, run and commands as summary', async () => {
    const { world, check } = await published((world) => [named(fails(world), 'faces'), passes(world)]);
    const { title, summary } = check.output;
    expect(title).toBe('❌ Quantization loses too much on 1 of 2 targets');
    const parts = summary!.split('\n\n');
    expect(parts[0]).toBe(`## ${title}`);
    expect(parts).toContain('#### ❌ faces on onnxruntime-w4a8');
    expect(parts).toContain('#### ✅ signs on tensorrt');
    expect(parts.at(-1)).toMatch(
      /^<sub>Judged .* against .*<code>main<\/code> in \[this run\]\(https:\/\/github\.test\/run\)/,
    );
    expect(parts.at(-1)).toContain(
      `<code>/quantgate accept ${world.pull.headSha} &#60;reason&#62;</code></sub>`,
    );
    expect(parts.at(-1)).not.toContain('/quantgate apply');
  });

  it('is known by run, attempt and name, so that a repeated call completes it', async () => {
    const { world, check } = await published((world) => [fails(world)]);
    expect(check.externalId).toBe(`${world.run.id}/1 quantgate (main)`);
    await publishOn(github, world, [passes(world)]);
    expect(world.repo.checkRuns.map(({ conclusion }) => conclusion)).toEqual(['success']);
  });

  it.each([
    [['a', 'b'], 'quantgate (main: a, b)'],
    [
      ['x'.repeat(200)],
      `quantgate (main: ${'x'.repeat(69)}… ${sha256Of(`quantgate (main: ${'x'.repeat(200)})`).slice(0, 12)}`,
    ],
  ])('of a job of a matrix has the names of its models, as far as they fit', async (models, name) => {
    const { check } = await published((world) => [fails(world)], { models });
    expect(check.name).toBe(name);
  });

  it('is not made where nobody asks for one', async () => {
    const world = makeWorld(github);
    expect(await publishOn(github, world, [fails(world)], { check: false })).toEqual([]);
    expect(world.repo.checkRuns).toEqual([]);
    expect(bodies(world)[0]).toContain('## ❌ ');
  });
});

describe('a check run of what is accepted', () => {
  it.each<[string, (world: World) => readonly Report[], Partial<Whole> | undefined, string | null]>([
    ['is neutral', (world) => [accepted(fails(world))], undefined, 'neutral'],
    [
      'is neutral beside a pass',
      (world) => [accepted(fails(world)), named(passes(world), 'b')],
      {},
      'neutral',
    ],
    ['fails where there are doubts', (world) => [accepted(fails(world))], { doubts: ['d'] }, 'failure'],
    ['fails for the rest', (world) => [accepted(fails(world)), named(fails(world), 'b')], {}, 'failure'],
    ['fails where reports lack', (world) => [accepted(fails(world))], { problems: ['p'] }, 'failure'],
    ['is a success where nothing failed', (world) => [passes(world)], {}, 'success'],
  ])('%s', async (_, make, given, conclusion) => {
    const { check } = await published(make, { whole: given && whole(given) });
    expect(check.conclusion).toBe(conclusion);
    const isAccepted = conclusion === 'neutral';
    expect(check.output.title!.startsWith('⚠️ Accepted: ')).toBe(isAccepted);
  });

  it('is neutral too where a target could not be judged', async () => {
    const error = { target: 'snpe', chip: 'snpe', verdict: 'error', reasons: ['no'] } as const;
    const { check } = await published((world) => {
      const report = reportOn(world, []);
      const models = report.models.map((model) => ({ ...model, targets: [error] }));
      return [accepted({ ...report, verdict: 'error', models })];
    });
    expect(check.conclusion).toBe('neutral');
  });
});

it('a section without models is that of the job that has these', async () => {
  const make = (world: World) => [unchanged(world)];
  expect((await published(make)).sections).toEqual(['no model']);
  expect((await published(make, { models: ['a', 'b'] })).sections).toEqual(['no model a b']);
});

import { describe, expect, it } from 'vitest';
import { addRun, pushToPull } from '../fake-github/build.ts';
import { faults } from '../fake-github/faults.ts';
import { type Github, startGithub } from '../fake-github/server.ts';
import type { Permissions } from '../fake-github/state.ts';
import {
  addSticky,
  bodies,
  conclusions,
  endOf,
  leave,
  makeWorld,
  reportOn,
  sections,
  type World,
} from '../support/action-world.ts';
import { nasty } from '../support/nasty-report.ts';
import { failing, passing } from '../support/sample-reports.ts';
import { type Spoken, speak } from './comment-on.ts';

const failed = 'signs/onnxruntime-w4a8';
const nothing = (world: World) => expect([bodies(world), conclusions(world)]).toEqual([[], []]);

interface Scenario {
  readonly begin: (github: Github, world: World) => void;
  readonly granted?: Permissions;
  readonly inputs?: Readonly<Record<string, string>>;
  readonly host?: 'ghes';
  /** All annotations; none if left out. */
  readonly says?: readonly unknown[];
  readonly check: (world: World, spoken: Spoken) => void;
}

const scenarios: Readonly<Record<string, Scenario>> = {
  'a fork gets its comment and a check run': {
    begin: (github, world) => leave(github, world, reportOn(world)),
    check(world) {
      expect(sections(world)).toEqual([[failed]]);
      expect(bodies(world)[0]).toContain('## ❌ Quantization loses too much');
      expect(conclusions(world)).toEqual(['failure']);
    },
  },
  'so it does on a GitHub Enterprise Server': {
    host: 'ghes',
    begin: (github, world) => leave(github, world, reportOn(world)),
    check(world) {
      expect(bodies(world)[0]).toContain('](https://github.example.com/acme/');
    },
  },
  'a branch of the repository gets its comment likewise': {
    begin(github, world) {
      leave(github, world, reportOn(world));
    },
    check: (world) => expect(sections(world)).toEqual([[failed]]),
  },
  'the jobs of a matrix become one comment': {
    begin(github, world) {
      const report = reportOn(world, [passing]);
      const models = report.models.map((model) => ({ ...model, name: 'faces' }));
      leave(github, world, reportOn(world), 'quantgate-report-signs');
      leave(github, world, { ...report, models }, 'quantgate-report-faces');
    },
    check: (world) => expect(sections(world)).toEqual([[failed, 'faces/tensorrt']]),
  },
  'a pass makes no comment': {
    begin: (github, world) => leave(github, world, reportOn(world, [passing])),
    check(world) {
      expect(bodies(world)).toEqual([]);
      expect(conclusions(world)).toEqual(['success']);
    },
  },
  'a pass makes one where the input says always': {
    inputs: { comment: 'always' },
    begin: (github, world) => leave(github, world, reportOn(world, [passing])),
    check: (world) => expect(bodies(world)[0]).toContain('\n## ✅ '),
  },
  'a run that was cancelled ended without a report': {
    begin: (_, world) => Object.assign(world.run, { conclusion: 'cancelled' }),
    check(world) {
      expect(bodies(world)[0]).toContain('the gate ended (cancelled) without a report');
      expect(conclusions(world)).toEqual(['failure']);
    },
  },
  'a zip bomb is refused': {
    begin: (github, world) =>
      leave(github, world, [{ name: 'report.json', content: Buffer.alloc(2 ** 26, ' ') }]),
    check: (world) => expect(bodies(world)[0]).toContain('unpacks to more than 100 times its size'),
  },
  'a report about another commit is refused': {
    begin: (github, world) => leave(github, world, { ...reportOn(world, [passing]), head: 'f'.repeat(40) }),
    check(world) {
      expect(bodies(world)[0]).toContain('it is about ffffff&#8203;ff');
      expect(conclusions(world)).toEqual(['failure']);
    },
  },
  'text of a report stays text, in the comment and in the log': {
    begin(github, world) {
      const texts = nasty.map((text) => text.slice(0, 1000));
      const target = { ...failing, reasons: texts };
      leave(github, world, { ...reportOn(world, [target]), warnings: texts });
      leave(github, world, [{ name: '::error::x', content: '' }], '::set-output name=verdict::pass');
      leave(
        github,
        world,
        [{ name: 'report.json', content: '\n::error::x' }],
        'quantgate-report-\n::error::y',
      );
    },
    check(world) {
      expect(bodies(world)[0]).not.toMatch(/<script|<img|@octocat|@org|\[(pixel|click)\]|:\/\/evil|^::/im);
    },
  },
  'a pull request that has moved on is left alone': {
    begin(github, world) {
      leave(github, world, reportOn(world));
      pushToPull(github.state, world.pull, { 'signs.onnx': 'better' });
    },
    says: [expect.stringMatching(/^notice: no open pull request has [0-9a-f]{40} as its head now/)],
    check: nothing,
  },
  'a run that a push started is left alone': {
    begin(github, world) {
      leave(github, world, reportOn(world));
      Object.assign(world.run, { event: 'push' });
    },
    check: nothing,
  },
  'an older run does not write over a newer one': {
    begin(github, world) {
      leave(github, world, reportOn(world));
      const { repo, pull } = world;
      const later = addRun(github.state, repo, {
        event: 'pull_request',
        sha: pull.headSha,
        branch: pull.headBranch,
        from: github.state.repos.get(pull.headRepo!),
      });
      addSticky(github, world, later.id, 'kept');
    },
    says: [
      expect.stringMatching(
        /^warning: the comment on pull request 1 shows run \d+, which is later: it stays/,
      ),
    ],
    check: (world) => expect(bodies(world)[0]).toContain('kept'),
  },
  'an echo of our mark with a number that no run outdoes stops nothing': {
    begin(github, world) {
      leave(github, world, reportOn(world));
      addSticky(github, world, 999_999_999_999_999, 'echo');
    },
    check: (world) => expect(bodies(world)[1]).toContain('## ❌ Quantization loses too much'),
  },
  'a missing permission is named, and costs only what it is for': {
    granted: { actions: 'read', checks: 'write' },
    begin: (github, world) => leave(github, world, reportOn(world)),
    says: [expect.stringContaining('give the job `permissions: { contents: read, pull-requests: write }`')],
    check(world) {
      expect(bodies(world)).toEqual([]);
      expect(conclusions(world)).toEqual(['failure']);
    },
  },
  'a server error in the middle is waited for': {
    begin(github, world) {
      leave(github, world, reportOn(world));
      github.fault('issues/create-comment', faults.serverError(502));
      github.fault('actions/download-artifact', faults.cut);
    },
    check: (world) => expect(sections(world)).toEqual([[failed]]),
  },
  'a comment that is done but whose answer is cut is not there twice': {
    begin(github, world) {
      leave(github, world, reportOn(world));
      github.fault('issues/create-comment', faults.cutAfterEffect);
    },
    check: (world) => expect(sections(world)).toEqual([[failed]]),
  },
};

describe('the end of a run, reported by the built Action', () => {
  it.concurrent.each(Object.entries(scenarios))('%s', async (name, scenario) => {
    const github = await startGithub({ host: scenario.host });
    const world = makeWorld(github, { isFork: !name.startsWith('a branch') });
    scenario.begin(github, world);
    const { granted, inputs } = scenario;
    const spoken = await speak(github, endOf(github, world), { granted, inputs });
    expect(spoken.code, spoken.log).toBe(0);
    expect(spoken.said).toEqual(scenario.says ?? []);
    scenario.check(world, spoken);
    await github.close();
  });

  it.concurrent('two processes at once make one comment', async () => {
    const github = await startGithub();
    const world = makeWorld(github);
    leave(github, world, reportOn(world));
    github.barrier('issues/list-comments', 2);
    const event = endOf(github, world);
    const both = await Promise.all([speak(github, event), speak(github, event)]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(sections(world)).toEqual([[failed]]);
    await github.close();
  });

  it.concurrent('without a token it says so', async () => {
    const github = await startGithub();
    const world = makeWorld(github);
    const spoken = await speak(github, endOf(github, world), { inputs: { token: '' } });
    expect(spoken.code).toBe(1);
    expect(spoken.said).toEqual(['error: mode report needs a token: set the input token']);
    await github.close();
  });

  it.concurrent('for another event it says what it is for', async () => {
    const github = await startGithub();
    const world = makeWorld(github);
    const spoken = await speak(
      github,
      { ...endOf(github, world), name: 'push' },
      { inputs: { mode: 'report' } },
    );
    expect(spoken.code).toBe(1);
    expect(spoken.said[0]).toMatch(/^error: mode report does not know event push/);
    await github.close();
  });
});

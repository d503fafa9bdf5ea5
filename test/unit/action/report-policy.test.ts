import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { report } from '../../../src/action/modes/report.ts';
import { addCommit } from '../../fake-github/build.ts';
import { faults } from '../../fake-github/faults.ts';
import { type Github, startGithub } from '../../fake-github/server.ts';
import {
  baseConfig,
  bodies,
  conclusions,
  endOf,
  leave,
  makeWorld,
  reportOn,
  runMode,
  type World,
} from '../../support/action-world.ts';
import { passing } from '../../support/sample-reports.ts';

let github: Github;
beforeAll(async () => {
  github = await startGithub();
});
afterAll(() => github.close());

/** Of a pull request whose gate passes, of which only the policy `always` speaks at first. */
function passed(given: Parameters<typeof makeWorld>[1] = {}): World {
  const world = makeWorld(github, given);
  leave(github, world, reportOn(world, [passing]));
  return world;
}
const run = (world: World, given: Parameters<typeof runMode>[4] = {}) =>
  runMode(github, report, world, endOf(github, world), given);
const always = `comment: always\n${baseConfig}`;

describe('when to comment', () => {
  it('is what the configuration of the base says', async () => {
    const world = passed({ config: always });
    await run(world);
    expect(bodies(world)[0]).toContain('\n## ✅ ');
  });

  it('is not what the pull request would like', async () => {
    const world = passed({ files: { 'quantgate.yml': always } });
    const { log } = await run(world);
    expect(bodies(world)).toEqual([]);
    expect(log.join()).not.toContain('warning');
  });

  it('is what the input says, whatever the configuration does', async () => {
    const [loud, silent] = [passed(), passed({ config: always })];
    await run(loud, { inputs: { comment: 'always' } });
    await run(silent, { inputs: { comment: 'never' } });
    expect(bodies(loud)).toHaveLength(1);
    expect(bodies(silent)).toEqual([]);
  });

  it('is said by the file that the input config names, relative to the workspace', async () => {
    const world = passed();
    addCommit(github.state, world.repo, { branch: 'main', files: { 'ml/gate.yml': always } });
    await run(world, { inputs: { config: 'ml/gate.yml' } });
    expect(bodies(world)).toHaveLength(1);
  });

  it('is on change where the base has no configuration, without a word', async () => {
    const world = passed({ config: always });
    const { log } = await run(world, { inputs: { config: 'none.yml' } });
    expect(bodies(world)).toEqual([]);
    expect(log).toEqual([`info: pull request 1: 1 reports of run ${world.run.id}`]);
  });

  it('is on change where that of the base is not valid, and the log says so', async () => {
    const world = passed({ config: 'version: 7\n' });
    const { log } = await run(world);
    expect(bodies(world)).toEqual([]);
    expect(log).toEqual([
      expect.stringMatching(/^warning: when to comment is not known, on-change is taken: quantgate.yml:1:/),
      expect.stringMatching(/^info: /),
    ]);
  });

  it('is on change where GitHub does not tell, and the log says so', async () => {
    const world = passed({ config: always });
    // The first calls ask for the workflow and for modules.
    github.fault('repos/get-content', faults.forbidden, { nth: 3 });
    const { log } = await run(world);
    expect(log[0]).toMatch(/on-change is taken: cannot read quantgate.yml at/);
  });
});

describe('a report is doubted', () => {
  const doubt = async (files: Record<string, string>) => {
    const world = passed({ config: always, files });
    await run(world);
    return { body: bodies(world)[0], conclusions: conclusions(world) };
  };

  it.each(['.github/workflows/other.yml', '.github/actions/ours/action.yml'])(
    'where the pull request changes %s, beside its models',
    async (path) => {
      const { body, conclusions } = await doubt({ 'a.txt': '', [path]: 'name: x', 'signs.onnx': 'worse' });
      expect(body).toContain(`the pull request changes ${path}, so the report says what`);
      expect(conclusions).toEqual(['action_required']);
    },
  );

  it.each(['.github/CODEOWNERS', 'docs/.github/workflows/a.yml', '.github/workflows.md'])(
    'but not where it changes %s',
    async (path) => {
      const { body, conclusions } = await doubt({ [path]: 'text' });
      expect(body).toContain('\n## ✅ ');
      expect(conclusions).toEqual(['success']);
    },
  );

  it('where GitHub cut the list of its files off: what it left out may be a workflow', async () => {
    const many = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`data/${i}.txt`, 'x']));
    const { body, conclusions } = await doubt({ ...many(3000), 'z.txt': 'x' });
    expect(body).toContain('## ⚠️ A maintainer has to look at this first');
    expect(body).toContain('changes too many files to see whether workflows are among them');
    expect(conclusions).toEqual(['action_required']);
    expect((await doubt(many(2999))).conclusions).toEqual(['success']);
  });
});

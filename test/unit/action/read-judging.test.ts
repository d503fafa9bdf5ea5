import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { placeOfConfig } from '../../../src/action/change/config-place.ts';
import { type Judging, readJudging } from '../../../src/action/change/judging-config.ts';
import { parseConfig } from '../../../src/config/load-config.ts';
import { eventsOf } from '../../fake-github/events.ts';
import { faults } from '../../fake-github/faults.ts';
import { type Github, startGithub } from '../../fake-github/server.ts';
import { baseConfig, makeWorld, runMode, type World } from '../../support/action-world.ts';

let github: Github;
let workspace: string;
beforeAll(async () => {
  github = await startGithub();
});
afterAll(() => github.close());
beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'quantgate-judging-'));
});
afterEach(() => rmSync(workspace, { recursive: true, force: true }));

const read = (text: string) => parseConfig(text, 'quantgate.yml');
const loose = baseConfig.replace('1pp', '9pp');
/** A configuration of these models, alike but for their names. */
const modelsNamed = (...names: string[]) => {
  const model = baseConfig.slice(baseConfig.indexOf('  - name'));
  return `version: 1\nmodels:\n${names.map((name) => model.replace('signs', name)).join('')}`;
};
const namesOf = ({ config }: Judging) => config.models.map(({ name }) => name);

interface Given {
  /** The configuration of the workspace; none if left out. */
  readonly head?: string;
  readonly models?: readonly string[];
  /** Whether a change is proposed. */
  readonly isChange?: boolean;
  readonly hasToken?: boolean;
}

async function judging(world: World, given: Given): Promise<Judging> {
  const { head, models, isChange = true, hasToken = true } = given;
  if (head !== undefined) writeFileSync(join(workspace, 'quantgate.yml'), head);
  const base = { commit: world.repo.refs.get('heads/main')!, branch: 'main' };
  let judging: Judging | undefined;
  const { error } = await runMode(
    github,
    async (step) => {
      const place = placeOfConfig(workspace, 'quantgate.yml');
      const { api } = step;
      judging = await readJudging(
        { ...step, api: hasToken ? api : undefined },
        place,
        isChange ? base : undefined,
      );
      return { outputs: {}, summary: '', failure: undefined };
    },
    world,
    eventsOf(github.state, github.urls, world.repo).pullRequest(world.pull),
    { inputs: { models } },
  );
  if (error !== undefined) throw error;
  return judging!;
}

const shortBase = ({ repo }: World) => repo.refs.get('heads/main')!.slice(0, 12);

describe('a change is judged', () => {
  it('by the configuration of the base commit, and by none that it brings', async () => {
    expect(await judging(makeWorld(github), { head: loose })).toEqual({
      config: read(baseConfig),
      proposed: { config: read(loose), counts: false },
      problem: undefined,
      absent: undefined,
    });
  });

  it('by the configuration of the base commit where its own is gone', async () => {
    const { config, proposed } = await judging(makeWorld(github), {});
    expect(config).toEqual(read(baseConfig));
    expect(proposed).toEqual({
      problem: expect.stringContaining('quantgate.yml cannot be read'),
      counts: true,
    });
  });

  it('by nothing where the base has one that is not valid', async () => {
    const world = makeWorld(github, { config: 'version: 7\n' });
    const { problem, proposed } = await judging(world, { head: loose });
    expect(proposed).toEqual({ config: read(loose), counts: true });
    expect(problem).toMatch(
      new RegExp(
        `^quantgate.yml of the base commit ${shortBase(world)} is not valid, so nothing is judged by it: quantgate.yml:1:`,
      ),
    );
  });

  it('by nothing where that is so and its own is gone', async () => {
    const world = makeWorld(github, { config: 'version: 7\n' });
    await expect(judging(world, {})).rejects.toThrow(/is not valid, so nothing is judged by it/);
  });

  it('by its own where the base has none and can be read, which is said', async () => {
    const world = makeWorld(github);
    github.fault('repos/get-content', faults.notFound);
    const { config, absent } = await judging(world, { head: loose });
    expect(config).toEqual(read(loose));
    expect(absent).toBe(`there is no quantgate.yml of the base commit ${shortBase(world)}`);
  });

  it('by nothing where neither has one', async () => {
    github.fault('repos/get-content', faults.notFound);
    await expect(judging(makeWorld(github), {})).rejects.toThrow(/quantgate.yml cannot be read/);
  });
});

describe('a base that cannot be asked for is not taken for one without a configuration', () => {
  it.each([
    ['there is no token', { hasToken: false }, /^quantgate.yml of the base commit \S+ judges and cannot be/],
  ])('where %s', async (_, given, message) => {
    await expect(judging(makeWorld(github), { head: loose, ...given })).rejects.toThrow(message);
  });

  it('where GitHub fails', async () => {
    github.fault('repos/get-content', faults.forbidden);
    await expect(judging(makeWorld(github), { head: loose })).rejects.toThrow(
      /^cannot read quantgate.yml at/,
    );
  });

  it('where the token may not see it', async () => {
    github.fault('repos/get-content', faults.notFound);
    github.fault('git/get-commit', faults.notFound);
    await expect(judging(makeWorld(github), { head: loose })).rejects.toThrow(/^cannot read commit/);
  });
});

it('proposes no change: the configuration of the workspace judges, and GitHub is not asked', async () => {
  const found = await judging(makeWorld(github), { head: loose, isChange: false, hasToken: false });
  expect(found).toEqual({
    config: read(loose),
    proposed: undefined,
    problem: undefined,
    absent: undefined,
  });
});

describe('input models', () => {
  it('leaves the models that it names, and nothing is proposed where only others differ', async () => {
    const world = makeWorld(github, { config: modelsNamed('faces', 'hands', 'signs') });
    const head = modelsNamed('faces', 'hands', 'eyes');
    const found = await judging(world, { head, models: ['faces', 'hands'] });
    expect(namesOf(found)).toEqual(['faces', 'hands']);
    expect(found.proposed).toBeUndefined();
    expect((await judging(world, { head })).proposed).toEqual({ config: read(head), counts: true });
  });

  it('may name a model that the change adds or takes away, which no configuration of the other side judges', async () => {
    const world = makeWorld(github, { config: modelsNamed('signs', 'old') });
    const head = modelsNamed('signs', 'new');
    const added = await judging(world, { head, models: ['new'] });
    expect(namesOf(added)).toEqual(['new']);
    expect(added.absent).toBe('the configuration of the base has no model new');
    const gone = await judging(world, { head, models: ['old'] });
    expect(namesOf(gone)).toEqual(['old']);
    expect(gone.proposed).toEqual({ problem: 'the configuration has no model old', counts: true });
  });

  it('refuses names that no configuration has, and lists those that there are', async () => {
    const world = makeWorld(github, { config: modelsNamed('signs', 'old') });
    const models = ['sings', 'signs', 'hnads'];
    await expect(judging(world, { head: modelsNamed('signs', 'new'), models })).rejects.toThrow(
      'input models names sings, hnads, which the configuration does not have: it has signs, new, old',
    );
  });

  it('is not blamed where no configuration can be read', async () => {
    const isChange = false;
    await expect(judging(makeWorld(github), { models: ['signs'], isChange })).rejects.toThrow(
      /quantgate.yml cannot be read/,
    );
  });

  it('names several models that are nowhere on one side', async () => {
    const world = makeWorld(github, { config: modelsNamed('signs') });
    const { absent } = await judging(world, { head: modelsNamed('a', 'b'), models: ['a', 'b'] });
    expect(absent).toBe('the configuration of the base has no model a, b');
  });
});

import { rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serializeModel } from '../../src/onnx/model.ts';
import { addCommit } from '../fake-github/build.ts';
import type { Files } from '../fake-github/git.ts';
import { externalized } from '../support/external-data.ts';
import { noise, tinyClassifier } from '../support/models.ts';
import { npyOf } from '../support/npy.ts';
import { baseConfig, makeProject, type Project } from '../support/project.ts';
import { named, openWorld, type World } from './world.ts';

let project: Project;
let tracked: Files;
beforeAll(async () => {
  project = await makeProject();
  tracked = named(project);
});
afterAll(() => project.remove());

/** The same model with other bytes. */
function otherModel(): Uint8Array {
  const model = tinyClassifier();
  model.docString = 'another version';
  return serializeModel(model);
}

const inputs = (seed: number) =>
  npyOf({ type: 'float32', dims: [400, 1, 8, 8], data: noise(400 * 64, seed) });

interface Way {
  /** Files of main that git has. */
  readonly base: Files;
  /** What the pull request changes, as git has it. */
  readonly head?: Files;
  /** What the job of main finds, beside what is named in `base`. */
  prepare?(): void;
  /** What becomes of the checkout of the pull request. */
  change(): void;
  undo?(): void;
}

const without = (name: string): Files => ({ ...tracked, [name]: null });
const write = (name: string, content: string | Uint8Array) => () => project.write(name, content);
const words = { 'README.md': '# other words\n' };

const ways: Record<string, () => Way> = {
  'a file of DVC': () => ({
    base: { ...tracked, 'tiny.onnx.dvc': 'md5: 1\n' },
    head: { 'tiny.onnx.dvc': 'md5: 2\n' },
    prepare: write('tiny.onnx.dvc', 'md5: 1\n'),
    change: write('tiny.onnx.dvc', 'md5: 2\n'),
    undo: () => project.delete('tiny.onnx.dvc'),
  }),
  'the lock of DVC': () => ({
    base: { ...tracked, 'dvc.lock': 'schema: 1\n' },
    head: { 'dvc.lock': 'schema: 2\n' },
    prepare: write('dvc.lock', 'schema: 1\n'),
    change: write('dvc.lock', 'schema: 2\n'),
    undo: () => project.delete('dvc.lock'),
  }),
  'the configuration of Git LFS': () => ({
    base: tracked,
    head: { '.lfsconfig': '[lfs]\n' },
    change: write('.lfsconfig', '[lfs]\n'),
    undo: () => project.delete('.lfsconfig'),
  }),
  'a model that the job exports': () => ({
    base: without('tiny.onnx'),
    change: write('tiny.onnx', otherModel()),
  }),
  'data that the job downloads from a release': () => ({
    base: without('inputs.npy'),
    change: write('inputs.npy', inputs(7)),
  }),
  'where a link leads': () => ({
    base: { ...without('tiny.onnx'), 'v1.onnx': tracked['tiny.onnx']!, 'v2.onnx': otherModel() },
    prepare: () => {
      project.write('v1.onnx', tracked['tiny.onnx']!);
      project.write('v2.onnx', otherModel());
      unlinkSync(join(project.folder, 'tiny.onnx'));
      symlinkSync('v1.onnx', join(project.folder, 'tiny.onnx'));
    },
    change: () => {
      unlinkSync(join(project.folder, 'tiny.onnx'));
      symlinkSync('v2.onnx', join(project.folder, 'tiny.onnx'));
    },
    undo: () => {
      for (const name of ['tiny.onnx', 'v1.onnx', 'v2.onnx']) rmSync(join(project.folder, name));
    },
  }),
  'the external data of a model': () => {
    const { model, data } = externalized(tinyClassifier(), 'weights.bin');
    return {
      base: { ...tracked, 'tiny.onnx': model },
      prepare: () => {
        project.write('tiny.onnx', model);
        project.write('weights.bin', data);
      },
      change: () =>
        project.write(
          'weights.bin',
          data.map((byte, i) => (i % 4 === 0 ? byte ^ 1 : byte)),
        ),
      undo: () => project.delete('weights.bin'),
    };
  },
  'labels alone': () => ({
    base: without('labels.npy'),
    change: write('labels.npy', npyOf({ type: 'int64', dims: [400], data: new BigInt64Array(400) })),
  }),
  'a file that the configuration tells to watch': () => ({
    base: { ...tracked, 'quantgate.yml': `${baseConfig}watch: [export.py]\n`, 'export.py': 'v1\n' },
    head: { 'export.py': 'v2\n' },
    prepare: write('export.py', 'v1\n'),
    change: write('export.py', 'v2\n'),
    undo: () => project.delete('export.py'),
  }),
};

/** A world whose main has recorded its baseline. */
async function begun({ base, head = words, prepare }: Way): Promise<World> {
  for (const [name, content] of Object.entries(tracked)) project.write(name, content!);
  prepare?.();
  const world = await openWorld(project, { base, head });
  const recorded = await world.gate({ on: 'push' });
  expect(recorded.code, recorded.log).toBe(0);
  return world;
}

describe('what changes without git saying that a model has', () => {
  it.each(Object.keys(ways))(
    '%s: is measured',
    async (name) => {
      const way = ways[name]();
      const world = await begun(way);
      try {
        if (way.head === undefined) {
          const same = await world.gate();
          expect(same.report?.unchanged, same.log).toMatch(/^none of the 1 changed files .* by content$/);
        }
        way.change();
        const { report, log } = await world.gate();
        expect(report, log).not.toHaveProperty('unchanged');
        expect(report!.models).toHaveLength(1);
      } finally {
        way.undo?.();
        await world.github.close();
      }
    },
    60_000,
  );

  it('a merge that brings an old model back: is measured', async () => {
    // Since their common ancestor the pull request changes words alone, but main has gone on to another model.
    const world = await begun({ base: tracked, change: () => {} });
    addCommit(world.github.state, world.repo, {
      branch: 'main',
      files: { 'tiny.onnx': otherModel() },
      author: 'ada',
    });
    const { report, log } = await world.gate();
    expect(report, log).not.toHaveProperty('unchanged');
    await world.github.close();
  });

  it('what is not tracked is said to be what the baseline was measured on', async () => {
    const world = await begun({ base: without('tiny.onnx'), change: () => {} });
    const { report } = await world.gate();
    expect(report?.unchanged).toMatch(/; "tiny\.onnx" is as the baseline was measured on, by content$/);
    await world.github.close();
  });

  it('what is not tracked is measured where no baseline tells of it', async () => {
    for (const [name, content] of Object.entries(tracked)) project.write(name, content!);
    const world = await openWorld(project, { base: without('tiny.onnx'), head: words });
    const { report } = await world.gate();
    expect(report).not.toHaveProperty('unchanged');
    await world.github.close();
  });
});

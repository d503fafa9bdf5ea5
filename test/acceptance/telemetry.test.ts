import { mkdirSync, readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addRepo } from '../fake-github/build.ts';
import { eventsOf } from '../fake-github/events.ts';
import { startGithub } from '../fake-github/server.ts';
import { isMissing } from '../support/needs.ts';
import { baseConfig, makeProject, type Project } from '../support/project.ts';
import { canTrace, outside, traced, tracing } from '../support/trace.ts';
import { runQuantgate } from './command-line.ts';
import { runStep } from './runner.ts';

let project: Project;
let folder = '';
beforeAll(async () => {
  project = await makeProject();
  folder = realpathSync(project.folder);
  mkdirSync(join(folder, 'home'));
});
afterAll(() => project.remove());

/** Everything that is in a folder, by its path. */
const filesIn = (name: string) => readdirSync(join(folder, name), { recursive: true });

describe('nothing phones home', () => {
  it('leaves nothing in the home and the temporary folder', async () => {
    const env = { HOME: join(folder, 'home'), TMPDIR: join(folder, 'tmp') };
    const { code, stderr } = await runQuantgate(['run'], { cwd: folder, env });
    expect(code, stderr).toBe(0);
    expect(filesIn('home')).toEqual([]);
    expect(filesIn('tmp')).toEqual([]);
  });

  describe.skipIf(isMissing('strace, or the right to attach it', canTrace()))('traced by strace', () => {
    it.each(['run', 'baseline', 'calibrate'])(
      'quantgate %s writes below its folder alone and reaches for nobody',
      async (command) => {
        const log = join(folder, 'trace.txt');
        const env = { HOME: join(folder, 'home'), TMPDIR: join(folder, 'tmp') };
        const { code, stderr } = await runQuantgate([command], { cwd: folder, env, under: tracing(log) });
        expect(code, stderr).toBe(0);
        const { written, reached } = traced(log, folder);
        expect(written.length).toBeGreaterThan(0);
        expect(outside(folder, written)).toEqual([]);
        expect(reached).toEqual([]);
        expect(filesIn('home')).toEqual([]);
      },
    );

    it('the Action writes below its workspace alone and reaches for its GitHub alone', async () => {
      const log = join(folder, 'trace.txt');
      const github = await startGithub();
      const repo = addRepo(github.state, 'acme/models', { files: { 'quantgate.yml': baseConfig } });
      const result = await runStep({
        workspace: folder,
        event: eventsOf(github.state, github.urls, repo).push(),
        env: { HOME: join(folder, 'home') },
        under: tracing(log),
      });
      await github.close();
      expect(result.code, result.stdout + result.stderr).toBe(0);
      const { written, reached } = traced(log, folder);
      expect(outside(folder, written)).toEqual([]);
      expect(reached.filter((call) => !call.includes('inet_addr("127.0.0.1")'))).toEqual([]);
      expect(filesIn('home')).toEqual([]);
    });
  });
});

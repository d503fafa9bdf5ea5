import { cpSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addRepo } from '../fake-github/build.ts';
import { type Event, eventsOf } from '../fake-github/events.ts';
import { type Github, startGithub } from '../fake-github/server.ts';
import { installedAction } from '../support/installed.ts';
import { makeProject, type Project } from '../support/project.ts';
import { runStep } from './runner.ts';

let project: Project;
let github: Github;
let push: Event;
let place: string;
beforeAll(async () => {
  project = await makeProject();
  github = await startGithub();
  push = eventsOf(github.state, github.urls, addRepo(github.state, 'acme/models')).push();
  // As the runner unpacks an action: what its repository holds, and no node_modules.
  place = mkdtempSync(join(tmpdir(), 'quantgate-unpacked-'));
  cpSync(installedAction(), join(place, 'action'), { recursive: true });
});
afterAll(async () => {
  project.remove();
  rmSync(place, { recursive: true, force: true });
  await github.close();
});

const record = (tools: string, env: Readonly<Record<string, string>> = {}) =>
  runStep({
    action: join(place, 'action'),
    workspace: project.folder,
    event: push,
    env: { RUNNER_TOOL_CACHE: join(place, tools), ...env },
  });

function megabytes(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((e) => e.isFile());
  return files.reduce((sum, file) => sum + statSync(join(file.parentPath, file.name)).size, 0) / 2 ** 20;
}

describe('a runner without onnxruntime-node', () => {
  it('installs it from the lock on first use, for its platform alone, and starts at once from then on', async () => {
    const first = await record('tools');
    expect(first.code, first.stdout + first.stderr).toBe(0);
    const [folder, ...others] = readdirSync(join(place, 'tools/quantgate-runtime'));
    expect(others).toEqual([]);
    expect(folder).toMatch(new RegExp(`^1\\.30\\.0-${process.platform}-${process.arch}-[0-9a-f]{12}$`));
    const installed = join(place, 'tools/quantgate-runtime', folder!);
    expect(readdirSync(join(installed, 'node_modules/onnxruntime-node/bin/napi-v6'))).toEqual([
      process.platform,
    ]);
    expect(megabytes(installed)).toBeLessThan(110);

    const before = statSync(installed).mtimeMs;
    const start = performance.now();
    const second = await record('tools', { npm_config_registry: 'http://127.0.0.1:9' });
    expect(second.code, second.stdout + second.stderr).toBe(0);
    expect(performance.now() - start).toBeLessThan(15_000);
    expect(statSync(installed).mtimeMs).toBe(before);
    console.log(
      `installed ${megabytes(installed).toFixed(1)} MiB; a later job took ${((performance.now() - start) / 1000).toFixed(2)} s`,
    );
  });

  it('says in one line that the registry is out of reach, and leaves nothing half-installed', async () => {
    const away = { npm_config_registry: 'http://127.0.0.1:9', npm_config_fetch_retries: '0' };
    const { code, annotations } = await record('other', away);
    expect(code).toBe(1);
    expect(annotations).toEqual([
      {
        level: 'error',
        message: expect.stringMatching(
          /^npm's registry cannot be reached to install onnxruntime-node \(ECONNREFUSED\): .*QUANTGATE_RUNTIME/,
        ),
      },
    ]);
    expect(readdirSync(join(place, 'other/quantgate-runtime'))).toEqual([]);
  });
});

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { baseConfig, makeProject, type Project } from './project.ts';

let project: Project;
beforeAll(async () => {
  project = await makeProject();
});
afterAll(() => project.remove());

describe('the Action', () => {
  it('gates on pull_request: outputs, job summary, exit code 0', () => {
    const { code, stdout, outputs, summary } = project.action({ GITHUB_EVENT_NAME: 'pull_request' });
    expect(code, stdout).toBe(0);
    expect(outputs).toMatch(/verdict.*\npass\n/);
    expect(outputs).toMatch(/report.*\n.*report\.json\n/);
    expect(summary).toContain('## Pass');
  });

  it('fails the job when the drop is above the budget', () => {
    project.write(
      'fail.yml',
      baseConfig
        .replace('[tensorrt, onnxruntime]', '[{ chip: snpe, weight-bits: 4, activation-bits: 4 }]')
        .replace('10pp', '0.1pp'),
    );
    const { code, stdout, outputs } = project.action({
      GITHUB_EVENT_NAME: 'merge_group',
      INPUT_CONFIG: 'fail.yml',
    });
    expect([code, outputs]).toEqual([1, expect.stringMatching(/verdict.*\nfail\n/)]);
    expect(stdout).toContain('::error::the accuracy drop is above the budget');
  });

  it('records a baseline on push, which a pull request is compared with', () => {
    expect(project.action({ GITHUB_EVENT_NAME: 'push' }).code).toBe(0);
    const { code } = project.action({
      GITHUB_EVENT_NAME: 'pull_request',
      INPUT_BASELINE: 'quantgate-baseline',
      INPUT_OUT: 'compared',
    });
    expect(code).toBe(0);
    expect(project.report('compared').models[0].baseline).toMatchObject({
      state: 'compared',
      sha: 'a'.repeat(40),
    });
  });

  it('says in one line what is wrong with an event, a mode or a config', () => {
    expect(project.action({ GITHUB_EVENT_NAME: 'watch' }).stdout).toMatch(
      /^::error::event watch has no mode/m,
    );
    expect(project.action({ GITHUB_EVENT_NAME: 'push', INPUT_MODE: 'fly' }).stdout).toMatch(
      /^::error::mode "fly" is unknown/m,
    );
    expect(project.action({ GITHUB_EVENT_NAME: 'push', INPUT_CONFIG: 'gone.yml' }).stdout).toMatch(
      /^::error::.*gone\.yml cannot be read/m,
    );
  });
});

describe('action.yml', () => {
  const root = resolve(import.meta.dirname, '../..');
  const action = parse(readFileSync(resolve(root, 'action.yml'), 'utf8'));
  const source = ['inputs.ts', 'main.ts']
    .map((f) => readFileSync(resolve(root, 'src/action', f), 'utf8'))
    .join('\n');

  it('names the inputs that the code reads and the outputs that it sets', () => {
    const read = [...source.matchAll(/optional\('([\w-]+)'\)/g)].map((m) => m[1]);
    const set = [...source.matchAll(/setOutput\('([\w-]+)'/g)].map((m) => m[1]);
    expect(Object.keys(action.inputs).sort()).toEqual([...new Set(read)].sort());
    expect(Object.keys(action.outputs).sort()).toEqual(set.sort());
  });

  it('runs dist on node24 and hides no default of the configuration', () => {
    expect(action.runs).toEqual({ using: 'node24', main: 'dist/action.js' });
    expect(Object.values<object>(action.inputs).filter((input) => 'default' in input)).toEqual([]);
  });
});

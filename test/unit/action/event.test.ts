import { tmpdir } from 'node:os';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEvent } from '../../../src/action/event.ts';
import { readJob } from '../../../src/action/job.ts';
import { UserError } from '../../../src/errors.ts';
import { sha } from '../../support/http-mocks.ts';

describe('parseEvent', () => {
  it('takes commits and branch of what is proposed', () => {
    const pull_request = { head: { sha: sha('a') }, base: { sha: sha('b'), ref: 'main' } };
    expect(parseEvent('pull_request', { number: 7, pull_request })).toEqual({
      kind: 'pull-request',
      number: 7,
      head: sha('a'),
      base: { commit: sha('b'), branch: 'main' },
    });
    const head_ref = `refs/heads/gh-readonly-queue/release/1/pr-12-${sha('b')}`;
    const merge_group = {
      head_sha: sha('a'),
      head_ref,
      base_sha: sha('b'),
      base_ref: 'refs/heads/release/1',
    };
    const group = {
      kind: 'merge-group',
      number: 12,
      head: sha('a'),
      base: { commit: sha('b'), branch: 'release/1' },
    };
    expect(parseEvent('merge_group', { merge_group })).toEqual(group);
    const unnamed = { ...merge_group, head_ref: 'refs/heads/x' };
    expect(parseEvent('merge_group', { merge_group: unnamed })).toEqual({ ...group, number: undefined });
  });

  it('throws nothing but UserErrors of one line, whatever the payload', () => {
    const events = fc.constantFrom('pull_request', 'merge_group', 'workflow_run', 'issue_comment', 'push');
    fc.assert(
      fc.property(events, fc.anything(), (event, payload) => {
        try {
          parseEvent(event, payload);
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
          expect((error as Error).message).not.toMatch(/\p{Cc}/u);
        }
      }),
    );
  });
});

describe('readJob', () => {
  const environment = {
    GITHUB_REPOSITORY: 'acme/models',
    GITHUB_RUN_ID: '42',
    GITHUB_RUN_ATTEMPT: '2',
    GITHUB_EVENT_NAME: 'push',
    GITHUB_WORKFLOW_REF: 'acme/models/.github/workflows/gate.yml@refs/heads/x@y',
    GITHUB_SERVER_URL: 'https://github.example.com',
    GITHUB_SHA: sha('a'),
    ACTIONS_RESULTS_URL: 'https://results',
  };

  it('knows run, workflow and commit; an artifact service takes a token', () => {
    expect(readJob(environment, '/runtime')).toMatchObject({
      repository: { owner: 'acme', repo: 'models' },
      run: { id: 42, attempt: 2, url: 'https://github.example.com/acme/models/actions/runs/42' },
      workflowPath: '.github/workflows/gate.yml',
      commit: sha('a'),
      hasArtifactService: false,
    });
    const token = { ACTIONS_RUNTIME_TOKEN: 'x' };
    expect(readJob({ ...environment, ...token }, '/runtime').hasArtifactService).toBe(true);
  });

  it('never looks for a runtime in the workspace', () => {
    const of = (env: object) => readJob({ ...environment, GITHUB_WORKSPACE: '/w', ...env }, '/runtime').cache;
    expect(of({ RUNNER_TOOL_CACHE: '/cache', RUNNER_TEMP: '/temp' })).toBe('/cache');
    expect(of({ RUNNER_TOOL_CACHE: '', RUNNER_TEMP: '/temp' })).toBe('/temp');
    expect(of({})).toBe(tmpdir());
  });

  it.each(Object.keys(environment).slice(0, 2))('refuses an environment without %s', (name) => {
    expect(() => readJob({ ...environment, [name]: undefined }, '/runtime')).toThrow('is not a job');
  });
});

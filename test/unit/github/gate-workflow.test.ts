import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasGate } from '../../../src/github/gate-workflow.ts';
import { ACTIONS_BOT, addRepo, addToken } from '../../fake-github/build.ts';
import { type Github, startGithub } from '../../fake-github/server.ts';
import { fullName } from '../../fake-github/state.ts';
import { testApi } from '../../support/http-mocks.ts';

let github: Github;
beforeAll(async () => {
  github = await startGithub();
});
afterAll(() => github.close());

const WORKFLOWS = '.github/workflows';
const sha = '0'.repeat(40);
const ours = `quantgate/quantgate@${sha}`;
const workflow = (job: string, on = 'pull_request') => `on: ${on}\njobs:\n  gate: ${job}\n`;
const stepped = (step: string) => workflow(`{ steps: [{ uses: actions/checkout@v7 }, ${step}] }`);
let repositories = 0;

/** Whether `main.yml` gates in a repository with these files, and what was read for it. */
async function ask(main: string, files: Readonly<Record<string, string>> = {}) {
  const path = `${WORKFLOWS}/main.yml`;
  const repo = addRepo(github.state, `acme/gates-${++repositories}`, { files: { [path]: main, ...files } });
  const api = testApi(github.urls.api, addToken(github.state, ACTIONS_BOT, { contents: 'read' }));
  const commit = repo.refs.get('heads/main')!;
  const isGate = await hasGate(api, { owner: repo.owner, repo: repo.name }, commit, path);
  const reads = github.log.filter(({ url }) => url.includes(`/${fullName(repo)}/contents/`)).length;
  return { isGate, reads };
}
const isGate = async (...given: Parameters<typeof ask>) => (await ask(...given)).isGate;

describe('a workflow of the base', () => {
  it.each([
    ['the mode of the event', `{ uses: ${ours} }`],
    ['an empty mode', `{ uses: ${ours}, with: { mode: '', comment: never } }`],
    ['mode gate', `{ uses: ${ours}, with: { mode: gate } }`],
    ['a mode that an expression says', `{ uses: ${ours}, with: { mode: '\${{ inputs.mode }}' } }`],
    ["a fork's copy", `{ uses: acme/quantgate/sub@${sha} }`],
  ])('gates by a step of %s, which is all that is read', async (_, step) => {
    expect(await ask(stepped(step))).toEqual({ isGate: true, reads: 1 });
  });

  it.each(['report', 'command', 'baseline', 'calibrate', 'evaluate', 'explain', 'other'])(
    'does not gate by a step of mode %s',
    async (mode) => {
      const step = `{ uses: ${ours}, with: { mode: ${mode} } }`;
      expect(await isGate(stepped(step))).toBe(false);
      expect(await isGate(stepped(`${step}, { uses: ${ours} }`))).toBe(true);
    },
  );

  it.each(['push', '[push, schedule]', '{ workflow_run: {} }'])(
    'does not gate on other events: %s',
    async (on) => {
      const job = `{ steps: [{ uses: ${ours} }] }`;
      expect(await isGate(workflow(job, on))).toBe(false);
      expect(await isGate(workflow(job, '[push, pull_request]'))).toBe(true);
    },
  );

  it.each([
    `{ uses: acme/quantgate-notify@${sha} }`,
    `{ run: quantgate }`,
    `{ uses: actions/cache@${sha}, with: { key: quantgate } }`,
  ])('does not gate by a step of others: %s', async (step) => {
    expect(await isGate(stepped(step))).toBe(false);
  });

  it('gates by a copy of quantgate, known by its name, where changes are seen to be of workflows', async () => {
    const action = 'name: quantgate\nruns: { using: node24, main: dist/index.js }\n';
    const [folder, step] = ['.github/actions/judge', '{ uses: ./.github/actions/judge/ }'];
    const file = `${folder}/action.yml`;
    expect(await ask(stepped(step), { [file]: action })).toEqual({ isGate: true, reads: 2 });
    const reporting = '{ uses: ./.github/actions/judge, with: { mode: report } }';
    expect(await isGate(stepped(reporting), { [file]: action })).toBe(false);
    expect(await isGate(stepped(step), { [file]: 'name: quantgate-notify\n' })).toBe(false);
    expect(await isGate(stepped(step), { [file]: 'name: [' })).toBe(false);
    expect(await isGate(stepped(step))).toBe(false);
    expect(await isGate(stepped('{ uses: ./ }'), { 'action.yml': action })).toBe(false);
    expect(await isGate(stepped('{ uses: ./quantgate }'), { 'quantgate/action.yml': action })).toBe(false);
    const leading = '{ uses: ./.github/actions/../../x }';
    expect(await isGate(stepped(leading), { 'x/action.yml': action })).toBe(false);
  });

  it('gates by what it calls where that gates', async () => {
    const called = `${WORKFLOWS}/quantgate.yml`;
    const calls = workflow(`{ uses: ./${called} }`);
    const text = (mode: string) =>
      `on: workflow_call\njobs: { j: { steps: [{ uses: ${ours}, with: { mode: ${mode} } }] } }\n`;
    expect(await isGate(calls, { [called]: text('gate') })).toBe(true);
    expect(await isGate(calls, { [called]: text('report') })).toBe(false);
    expect(await isGate(calls)).toBe(false);
    expect(await isGate(workflow(`{ uses: acme/ci/${called}@${sha} }`))).toBe(true);
    expect(await isGate(workflow(`{ uses: acme/ci/${WORKFLOWS}/lint.yml@${sha} }`))).toBe(false);
  });

  it('is known by few files, also where workflows call each other in a circle', async () => {
    const itself = workflow(`{ uses: ./${WORKFLOWS}/main.yml }`);
    expect(await ask(itself)).toEqual({ isGate: false, reads: 1 });
    const many = Array.from({ length: 20 }, (_, i) => `{ uses: ./.github/actions/a${i} }`).join(', ');
    expect(await ask(stepped(many))).toEqual({ isGate: false, reads: 6 });
  });
});

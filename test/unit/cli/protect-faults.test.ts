import { describe, expect, it } from 'vitest';
import { type ProtectOptions, protect } from '../../../src/cli/protect.ts';
import { UserError } from '../../../src/errors.ts';
import { addRepo, addToken } from '../../fake-github/build.ts';
import { startGithub } from '../../fake-github/server.ts';
import { lastingFaults, passingFaults } from '../../support/api-faults.ts';
import { testApi } from '../../support/http-mocks.ts';

interface Rule {
  readonly parameters: { readonly required_status_checks: { readonly context: string }[] };
}

/** A GitHub with a repository whose branch main may require another check already. */
async function makeWorld({ classic, other }: { readonly classic: boolean; readonly other: boolean }) {
  const github = await startGithub();
  const repo = addRepo(github.state, 'acme/models');
  const token = addToken(github.state, 'acme', { administration: 'write', contents: 'read' });
  const run = async (options: Partial<ProtectOptions>) => {
    const lines: string[] = [];
    const world = {
      print: (line: string) => lines.push(line),
      github: () => testApi(github.urls.api, token),
    };
    await protect({ repo: 'acme/models', check: 'gate', classic, ...options }, world);
    return lines;
  };
  const required = () => {
    const rules = repo.rulesets.flatMap(({ fields }) => fields.rules as Rule[]);
    const byRules = rules.flatMap(({ parameters }) => parameters.required_status_checks);
    const all = [...byRules, ...(repo.protections.get('main')?.checks ?? [])];
    return all.map(({ context }) => context);
  };
  if (other) await run({ check: 'other' });
  return { github, run, required, before: required() };
}

const [ruleset, ofOurs, protection, ofOthers] = [
  { classic: false, other: false },
  { classic: false, other: true },
  { classic: true, other: false },
  { classic: true, other: true },
];

/** Each call, and where it is made. */
const calls: readonly [string, typeof ruleset, Partial<ProtectOptions>][] = [
  ['repos/get', ruleset, {}],
  ['repos/get-branch', ruleset, { branch: 'main' }],
  ['apps/get-by-slug', ruleset, {}],
  ['repos/get-branch-rules', ruleset, {}],
  ['repos/get-status-checks-protection', ruleset, {}],
  ['repos/get-repo-rulesets', ruleset, {}],
  ['repos/create-repo-ruleset', ruleset, {}],
  ['repos/get-repo-ruleset', ofOurs, {}],
  ['repos/update-repo-ruleset', ofOurs, {}],
  ['repos/get-status-checks-protection', protection, {}],
  ['repos/get-branch-protection', protection, {}],
  ['repos/update-branch-protection', protection, {}],
  ['repos/update-status-check-protection', protection, {}],
  ['repos/update-status-check-protection', ofOthers, {}],
];

describe.each(calls)('quantgate protect when %s fails (%j)', (operation, place, options) => {
  it.concurrent.each(lastingFaults)(
    'for good with $name: one line or another way, and whole when it is over',
    async ({ fault, tries }) => {
      const { github, run, required, before } = await makeWorld(place);
      github.fault(operation, fault, { times: tries });
      const error = await run(options).catch((reason: unknown) => reason);
      if (error instanceof UserError) expect(error.message).toMatch(/^cannot [^:]+: .+: .+$/);
      else expect(required()).toEqual([...before, 'gate']);
      expect(required().filter((name) => name !== 'gate')).toEqual(before);
      await run(options);
      expect(required()).toEqual([...before, 'gate']);
      expect(await run(options)).toEqual(['main requires "gate" already: nothing was changed']);
      await github.close();
    },
  );

  it.concurrent.each(passingFaults)('once with $name: it asks again', async ({ fault }) => {
    const { github, run, required, before } = await makeWorld(place);
    github.fault(operation, fault);
    await run(options);
    expect(required()).toEqual([...before, 'gate']);
    await github.close();
  });
});

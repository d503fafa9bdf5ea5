import nock from 'nock';
import { describe, expect, it } from 'vitest';
import { requireCheck } from '../../../src/github/protection.ts';
import { API, mockGitHub, repository, repositoryPath, testApi } from '../../support/http-mocks.ts';

mockGitHub();

const check = { branch: 'main', name: 'quantgate', app: 15_368 };
const pinned = { context: 'quantgate', integration_id: 15_368 };
const requires = (...required_status_checks: Record<string, string | number>[]) => ({
  type: 'required_status_checks',
  parameters: { required_status_checks, strict_required_status_checks_policy: false },
});
const rulesPath = repositoryPath('/rules/branches/main');
const rulesetsPath = repositoryPath('/rulesets');
const protectionPath = repositoryPath('/branches/main/protection');
const mockRules = (...rules: readonly object[]) =>
  nock(API).get(rulesPath).query({ per_page: 100 }).reply(200, rules);
const mockRulesets = (...rulesets: readonly object[]) =>
  nock(API).get(rulesetsPath).query({ includes_parents: 'false', per_page: 100 }).reply(200, rulesets);
const checksPath = `${protectionPath}/required_status_checks`;
const mockUnprotected = () => nock(API).get(checksPath).reply(404, { message: 'Branch not protected' });
const require = () => requireCheck(testApi(), repository, check);

describe('requireCheck by a ruleset', () => {
  it('changes nothing where the check is required already, from this App', async () => {
    mockRules({ type: 'deletion' }, requires({ context: 'lint' }, pinned));
    expect(await require()).toEqual([]);
  });

  it('makes a ruleset of its own', async () => {
    mockRules(requires({ context: 'quantgate' }));
    mockUnprotected();
    mockRulesets({ id: 3, name: 'theirs', target: 'branch' });
    nock(API)
      .post(rulesetsPath, {
        name: 'quantgate',
        target: 'branch',
        enforcement: 'active',
        conditions: { ref_name: { include: ['refs/heads/main'], exclude: [] } },
        rules: [requires(pinned)],
      })
      .reply(201, { id: 4 });
    expect(await require()).toEqual(['created ruleset "quantgate", which requires "quantgate" on main']);
  });

  it('adds to the ruleset that it made, all else as it was', async () => {
    const ruleset = {
      name: 'quantgate',
      target: 'branch',
      conditions: { ref_name: { include: ['refs/heads/release'], exclude: ['refs/heads/main', 'x'] } },
      bypass_actors: [{ actor_id: 5, actor_type: 'Team', bypass_mode: 'always' }],
    };
    const other = { type: 'pull_request', parameters: { required_approving_review_count: 2, other: [1] } };
    const status = requires({ context: 'lint', integration_id: 7 }, { context: 'quantgate' });
    mockRules();
    mockUnprotected();
    mockRulesets({ id: 3, name: 'quantgate', target: 'tag' }, { id: 4, name: 'quantgate', target: 'branch' });
    nock(API)
      .get(`${rulesetsPath}/4`)
      .reply(200, {
        ...ruleset,
        id: 4,
        enforcement: 'evaluate',
        rules: [other, status],
        node_id: 'x',
      });
    nock(API)
      .put(`${rulesetsPath}/4`, {
        ...ruleset,
        enforcement: 'active',
        conditions: { ref_name: { include: ['refs/heads/release', 'refs/heads/main'], exclude: ['x'] } },
        rules: [other, requires({ context: 'lint', integration_id: 7 }, pinned)],
      })
      .reply(200, { id: 4 });
    expect(await require()).toEqual([
      'ruleset "quantgate" requires "quantgate" on main',
      'ruleset "quantgate" is active, it was evaluate',
    ]);
  });

  it('asks for the token of an administrator', async () => {
    mockRules();
    nock(API).get(checksPath).reply(403, { message: 'Resource not accessible' });
    await expect(require()).rejects.toThrow(
      'the token may not (403 Resource not accessible): use the token of an administrator of the repository',
    );
  });

  it('says what GitHub finds wrong', async () => {
    mockRules();
    mockUnprotected();
    mockRulesets();
    nock(API)
      .post(rulesetsPath)
      .reply(422, { message: 'Validation Failed', errors: ['Name must be unique'] });
    mockRules();
    await expect(require()).rejects.toThrow('Name must be unique');
  });
});

describe('requireCheck by a ruleset that someone else makes meanwhile', () => {
  it('is content', async () => {
    mockRules();
    mockUnprotected();
    mockRulesets();
    nock(API).post(rulesetsPath).reply(422, { message: 'Validation Failed' });
    mockRules(requires(pinned));
    expect(await require()).toEqual(['created ruleset "quantgate", which requires "quantgate" on main']);
  });
});

describe('requireCheck by branch protection', () => {
  const mockNoRulesets = () =>
    nock(API).get(rulesPath).query(true).reply(403, { message: 'Upgrade to GitHub Pro' });

  it('adds to the checks that there are, each for the App it was for', async () => {
    mockNoRulesets();
    nock(API)
      .get(checksPath)
      .twice()
      .reply(200, {
        strict: true,
        checks: [
          { context: 'lint', app_id: null },
          { context: 'build', app_id: 9 },
          { context: 'quantgate', app_id: null },
        ],
      });
    nock(API)
      .patch(checksPath, {
        checks: [
          { context: 'lint', app_id: -1 },
          { context: 'build', app_id: 9 },
          { context: 'quantgate', app_id: 15_368 },
        ],
      })
      .reply(200, {});
    expect(await require()).toEqual(['the protection of main requires "quantgate"']);
  });

  it('changes nothing where the check is required already', async () => {
    mockNoRulesets();
    nock(API)
      .get(checksPath)
      .reply(200, { checks: [{ context: 'quantgate', app_id: 15_368 }] });
    expect(await require()).toEqual([]);
  });

  it('protects a branch that is not', async () => {
    mockNoRulesets();
    mockUnprotected();
    mockUnprotected();
    nock(API).get(protectionPath).reply(404, { message: 'Branch not protected' });
    nock(API)
      .put(protectionPath, {
        required_status_checks: { strict: false, contexts: ['quantgate'] },
        enforce_admins: null,
        required_pull_request_reviews: null,
        restrictions: null,
      })
      .reply(200, {});
    nock(API)
      .patch(checksPath, { checks: [{ context: 'quantgate', app_id: 15_368 }] })
      .reply(200, {});
    expect(await require()).toEqual(['protected main, which requires "quantgate"']);
  });

  it('writes over no protection that requires no checks', async () => {
    mockNoRulesets();
    nock(API).get(checksPath).twice().reply(404, { message: 'Required status checks not enabled' });
    nock(API).get(protectionPath).reply(200, { enforce_admins: {} });
    await expect(require()).rejects.toThrow('turn on "Require status checks to pass"');
  });
});

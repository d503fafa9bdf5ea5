import type { Urls } from '../answer.ts';
import { fullName, type Protection, type Repo, type Ruleset } from '../state.ts';
import { repoPage, repoUrl } from './repository.ts';
import { nodeId } from './user.ts';

/** `repository-ruleset`; lists leave out conditions and rules. */
export function rulesetObject(urls: Urls, repo: Repo, ruleset: Ruleset, isListed: boolean) {
  const { conditions, rules, bypass_actors, ...fields } = ruleset.fields;
  const details = { conditions: conditions ?? null, rules: rules ?? [], bypass_actors: bypass_actors ?? [] };
  return {
    id: ruleset.id,
    node_id: nodeId('RepositoryRuleset', ruleset.id),
    target: 'branch',
    source_type: 'Repository',
    source: fullName(repo),
    ...fields,
    created_at: ruleset.createdAt,
    updated_at: ruleset.updatedAt,
    _links: {
      self: { href: `${repoUrl(urls, repo)}/rulesets/${ruleset.id}` },
      html: { href: `${repoPage(urls, repo)}/rules/${ruleset.id}` },
    },
    ...(isListed ? {} : details),
  };
}

/** A branch's protection: of GET (`branch-protection`) and as the answer of PUT (`protected-branch`). */
export function protectionObject(urls: Urls, repo: Repo, branch: string, protection: Protection) {
  const url = `${repoUrl(urls, repo)}/branches/${encodeURIComponent(branch)}/protection`;
  const { checks, strict, enforceAdmins, reviews } = protection;
  return {
    url,
    ...(checks && {
      required_status_checks: {
        url: `${url}/required_status_checks`,
        strict,
        contexts: checks.map((check) => check.context),
        contexts_url: `${url}/required_status_checks/contexts`,
        checks,
      },
    }),
    enforce_admins: { url: `${url}/enforce_admins`, enabled: enforceAdmins },
    ...(reviews && {
      required_pull_request_reviews: {
        url: `${url}/required_pull_request_reviews`,
        dismiss_stale_reviews: false,
        require_code_owner_reviews: false,
        ...reviews,
      },
    }),
    required_linear_history: { enabled: false },
    allow_force_pushes: { enabled: false },
    allow_deletions: { enabled: false },
  };
}

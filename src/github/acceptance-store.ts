import { z } from 'zod';
import { tryJson } from '../json.ts';
import { escapeText } from '../report/escape.ts';
import { type Acceptance, acceptanceSchema } from './acceptance.ts';
import { type Api, call, list, type Repository } from './api.ts';
import { readIdentity } from './identity.ts';
import { commitSha, id, ignored, name } from './shapes.ts';

/**
 * An acceptance is kept as a check run on the commit that it is about. That binds it to the commit without more, and
 * only an App's token can make a check run, and only that App can change it: nobody without write permission has one
 * (the token of a fork's pull request only reads), not even with a personal token. Comments can be edited by others and
 * pasted by bots; commit statuses can be made with a personal token. Someone with write permission can still change the
 * workflow to make one, as they can remove the gate: CODEOWNERS of `.github/` is what holds them.
 */
const NAME = 'quantgate acceptance';
const MAX_CHECKS = 200;
const MAX_TEXT = 65_535;

const stored = z.object({
  id,
  head_sha: commitSha,
  app: z.object({ slug: name }).nullable(),
  output: z.object({ text: z.string().max(300_000).nullable() }),
});

/** @throws ApiError */
export async function storeAcceptance(
  api: Api,
  repository: Repository,
  acceptance: Acceptance,
): Promise<void> {
  const { binding, by, reason } = acceptance;
  await call(api, {
    purpose: `store the acceptance of ${binding.head}`,
    route: 'POST /repos/{owner}/{repo}/check-runs',
    parameters: {
      ...repository,
      name: NAME,
      head_sha: binding.head,
      status: 'completed',
      conclusion: 'neutral',
      output: {
        title: `Accepted by ${by}`,
        summary: `${escapeText(by)} accepts this commit: ${escapeText(reason, 500)}`,
        text: writeText(acceptance),
      },
    },
    needs: ['checks: write'],
    answer: ignored,
  });
}

/**
 * The acceptances of a commit, latest first; whether one still holds is for `voidBecause` to say.
 *
 * @throws ApiError
 */
export async function readAcceptances(
  api: Api,
  repository: Repository,
  head: string,
): Promise<readonly Acceptance[]> {
  const identity = await readIdentity(api);
  const { items } = await list(
    api,
    {
      purpose: `read the acceptances of ${head}`,
      route: 'GET /repos/{owner}/{repo}/commits/{head}/check-runs',
      parameters: { ...repository, head, check_name: NAME, filter: 'all' },
      needs: ['checks: read'],
      answer: stored,
    },
    MAX_CHECKS,
  );
  return items
    .filter(({ app, head_sha }) => `${app?.slug}[bot]` === identity && head_sha === head)
    .sort((a, b) => b.id - a.id)
    .flatMap(({ output }) => readText(output.text ?? '') ?? [])
    .filter(({ binding }) => binding.head === head);
}

/** JSON in a code block; it has no line that could end it. */
function writeText(acceptance: Acceptance): string {
  return `\`\`\`json\n${JSON.stringify(acceptance)}\n\`\`\``;
}

function readText(text: string): Acceptance | undefined {
  const [, json] = /^```json\n(.*)\n```$/.exec(text.slice(0, MAX_TEXT).trim()) ?? [];
  return json === undefined ? undefined : tryJson(json, acceptanceSchema);
}

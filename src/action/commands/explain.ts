import { escapeCode } from '../../report/escape.ts';
import { renderLayer, renderLayerNames } from '../../report/markdown-layer.ts';
import { type Asked, type Reply, refused } from './asked.ts';
import { notJudged, problemList, readNewestReports } from './gate-run.ts';

/** Shows what the newest reports on the pull request's head say of a layer. */
export async function explain(
  asked: Pick<Asked, 'api' | 'repository' | 'pull' | 'configPath'>,
  { layer }: { readonly layer: string },
): Promise<Reply> {
  const judged = await readNewestReports(asked);
  if (judged === undefined) return refused(notJudged(asked));
  const models = judged.reports.flatMap((report) => report.models);
  if (models.length === 0) {
    return refused(
      `Nothing was measured on ${asked.pull.head.sha}.\n\n${problemList(judged.problems)}`.trim(),
    );
  }
  const text = renderLayer(models, layer);
  if (text !== undefined) return { done: true, text };
  const names = renderLayerNames(models);
  const hint = names === '' ? '' : ` Those that cost the most: ${names}.`;
  return refused(`No layer of the report is named ${escapeCode(layer, 200)}.${hint}`);
}

import type { ModelReport } from './report-schema.ts';

/** Why no target of a model could be judged, where it is one reason for all of them: it is to be said once. */
export function wholeFailure({ targets }: ModelReport): string | undefined {
  const [reason] = targets[0].reasons;
  const isOfAll = targets.every((target) => target.verdict === 'error' && target.reasons[0] === reason);
  return isOfAll ? reason : undefined;
}

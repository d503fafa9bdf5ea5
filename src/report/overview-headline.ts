import { combine, type Verdict } from '../verdict/combine.ts';
import { capital } from '../words/capital.ts';
import type { OverviewRow, Seen } from './overview-part.ts';

export const signs: Readonly<Record<Verdict, string>> = {
  pass: '✅',
  fail: '❌',
  inconclusive: '⚠️',
  error: '❌',
};

const failures: Readonly<Partial<Record<OverviewRow['by'], string>>> = {
  quantization: 'quantization loses too much',
  training: 'training lost too much',
  chip: 'worse on the chip than the base branch',
  floor: 'below the least accuracy that is allowed',
  bits: 'a tensor or layer keeps too little',
};

/** The verdict in plain words, and on how many targets it is so: the heading without its `## `. */
export function headlineWords(seen: readonly Seen[]): string {
  const verdict = combine(seen.map((each) => each.verdict));
  const targets = seen.filter(({ part }) => part?.row !== undefined);
  const words = wordsOf(verdict, targets);
  return isAcceptedAll(seen) ? `⚠️ Accepted: ${words}` : `${signs[verdict]} ${capital(words)}`;
}

/** Whether somebody takes all that would keep this from being merged. */
function isAcceptedAll(seen: readonly Seen[]): boolean {
  const stopping = seen.filter(
    ({ verdict, part }) =>
      verdict === 'fail' || verdict === 'error' || (verdict === 'inconclusive' && part?.row === undefined),
  );
  return stopping.length > 0 && stopping.every(({ part }) => part?.isAccepted);
}

function wordsOf(verdict: Verdict, targets: readonly Seen[]): string {
  const all = targets.length;
  const hit = targets.filter((each) => each.verdict === verdict);
  const every = all === 2 ? 'both targets' : `all ${all} targets`;
  const on = hit.length === all ? every : `${hit.length} of ${all} targets`;
  const where = all > 1 ? ` on ${on}` : '';
  switch (verdict) {
    case 'pass':
      if (all === 0) return 'no model has changed';
      return all === 1 ? 'within the budget' : `${every} are within the budget`;
    case 'fail': {
      const [by, ...others] = new Set(hit.map(({ part }) => part!.row!.by));
      return `${(others.length === 0 && failures[by]) || 'too much accuracy is lost'}${where}`;
    }
    case 'inconclusive':
      return hit.length === 0
        ? 'a maintainer has to look at this first'
        : `too few samples to decide${where}`;
    case 'error':
      if (hit.length === 0) return all === 0 ? 'nothing could be judged' : 'not everything could be judged';
      return all > 1 ? `error: ${on} could not be judged` : 'error: it could not be judged';
  }
}

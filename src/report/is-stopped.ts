import type { Report } from './report-schema.ts';

/** Whether a report keeps what it judged from being merged, unless somebody accepts it. */
export function isStopped({ verdict, doubts = [] }: Pick<Report, 'verdict' | 'doubts'>): boolean {
  return verdict === 'fail' || verdict === 'error' || (verdict === 'inconclusive' && doubts.length > 0);
}

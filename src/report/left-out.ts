import { count } from '../words/counts.ts';

/** What is not shown, as a sentence without its full stop: `1 more reason is in report.json`, `3 more reasons are …`. */
export function moreInReport(left: number, thing: string, what = ''): string {
  const things = left === 1 ? `1 more ${thing}` : `${count(left)} more ${thing}s`;
  return `${things}${what} ${left === 1 ? 'is' : 'are'} in report.json`;
}

import type { Verdict } from '../../../verdict/combine.ts';

/** A verdict by its colour, its sign and its word. */
export function VerdictMark({
  verdict,
  isLarge = false,
}: {
  readonly verdict: Verdict;
  readonly isLarge?: boolean;
}) {
  return (
    <span class={`mark ${verdict} ${isLarge ? 'large' : ''}`}>
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <path d={signs[verdict]} />
      </svg>
      {verdict}
    </span>
  );
}

const signs: Record<Verdict, string> = {
  pass: 'M3 8.5 6.5 12 13 4.5',
  fail: 'M4 4 12 12M12 4 4 12',
  inconclusive: 'M3 8h10',
  error: 'M8 3v6.5M8 12.4v.6',
};

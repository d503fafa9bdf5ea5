import type { LayerReport } from '../../report-schema.ts';

type Shares = NonNullable<LayerReport['shares']>;

/** The parts of a local error in the order in which they are stacked. */
export const sharesShown = [
  { key: 'weightRound', label: 'ΔW round' },
  { key: 'weightClip', label: 'ΔW clip' },
  { key: 'activationRound', label: 'ΔX round' },
  { key: 'activationClip', label: 'ΔX clip' },
  { key: 'output', label: 'ΔY' },
] as const satisfies readonly { readonly key: keyof Shares; readonly label: string }[];

/** What makes the error of a layer: five parts of one bar. Errors that cancel others count as none. */
export function ShareBar({ shares }: { readonly shares: Shares }) {
  const parts = sharesShown.map((part) => ({ ...part, value: Math.max(shares[part.key], 0) }));
  const all = parts.reduce((sum, { value }) => sum + value, 0) || 1;
  const title = sharesShown.map(({ key, label }) => `${label} ${Math.round(100 * shares[key])} %`).join(', ');
  let start = 0;
  return (
    <svg class="shares" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label={title}>
      <title>{title}</title>
      {parts.map(({ key, value }) => {
        const x = start;
        start += (100 * value) / all;
        return value === 0 ? null : (
          <rect key={key} class={key} x={x} width={(100 * value) / all} y={0} height={10} />
        );
      })}
    </svg>
  );
}

/** What the colours of the bars mean. */
export function ShareLegend() {
  return (
    <ul class="legend">
      {sharesShown.map(({ key, label }) => (
        <li key={key}>
          <svg viewBox="0 0 10 10" aria-hidden="true">
            <rect class={key} width={10} height={10} />
          </svg>
          {label}
        </li>
      ))}
    </ul>
  );
}

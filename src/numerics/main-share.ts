/** The largest of shares: `{ share: 'weightRound', value: 0.8 }`; the first of equal ones. */
export function mainShare<K extends string>(
  shares: Readonly<Record<K, number>>,
): { readonly share: K; readonly value: number } {
  const [[share, value]] = (Object.entries(shares) as [K, number][]).sort(([, a], [, b]) => b - a);
  return { share, value };
}

/** A map of so many entries, for `refine`. */
export function entries(least: number, most: number) {
  const count = (map: object) => Object.keys(map).length;
  return [
    (map: object) => count(map) >= least && count(map) <= most,
    { error: `must have ${least} to ${most} entries` },
  ] as const;
}

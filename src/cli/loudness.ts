/** How much a command says: its result and errors alone, what people need, or all there is. */
export type Loudness = 'quiet' | 'usual' | 'verbose';

/** What `--quiet` and `--verbose` ask for; commands without them say the usual. */
export function loudnessOf({
  quiet,
  verbose,
}: {
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}): Loudness {
  if (quiet === true) return 'quiet';
  return verbose === true ? 'verbose' : 'usual';
}

/** What is fed with bytes that anybody may have made. */
export interface FuzzTarget {
  readonly name: string;
  /** Valid files, or parts of them, that mutations start from. */
  readonly seeds: readonly Uint8Array[];
  /** Pieces that mutations put in: what the format's own parsers look for. */
  readonly tokens?: readonly string[];
  /** Makes checksums right again, so that what lies behind them is reached. */
  readonly repair?: (bytes: Uint8Array) => Uint8Array;
  /** May throw a `UserError`, and nothing else. */
  readonly run: (bytes: Uint8Array) => unknown;
}

/** A target that reads text. */
export function textTarget(
  target: Omit<FuzzTarget, 'seeds' | 'run'> & {
    readonly seeds: readonly string[];
    readonly run: (text: string) => unknown;
  },
): FuzzTarget {
  const decoder = new TextDecoder();
  return {
    ...target,
    seeds: target.seeds.map((text) => Buffer.from(text)),
    run: (bytes) => target.run(decoder.decode(bytes)),
  };
}

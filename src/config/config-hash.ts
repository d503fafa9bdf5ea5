import { sha256Of } from '../sha256.ts';
import type { Config } from './config.ts';
import type { PinnedRanges } from './target-id.ts';

/** SHA-256 over what a configuration says of models and provider: all that a verdict depends on. */
export function configSha256({ provider, models }: Pick<Config, 'provider' | 'models'>): string {
  return sha256Of(JSON.stringify({ provider, models }, mapsAsEntries));
}

/** For `JSON.stringify`, to which all maps are alike. */
export function mapsAsEntries(_: string, value: unknown): unknown {
  return value instanceof Map ? [...value] : value;
}

/** SHA-256 of pinned ranges, in their order. */
export function rangesSha256(ranges: PinnedRanges): string {
  return sha256Of(JSON.stringify([...ranges]));
}

import { sha256Of } from '../sha256.ts';
import type { Config, ModelConfig } from './config.ts';

/** SHA-256 over what a configuration says of models and provider: all that a verdict depends on. */
export function configSha256({ provider, models }: Pick<Config, 'provider' | 'models'>): string {
  const text = JSON.stringify({ provider, models }, (_, value: unknown) =>
    value instanceof Map ? [...value] : value,
  );
  return sha256Of(text);
}

/** SHA-256 of the ranges that a configuration pins for a model, in their order. */
export function rangesSha256(ranges: ModelConfig['ranges']): string {
  return sha256Of(JSON.stringify([...ranges]));
}

import { sha256Of } from '../sha256.ts';
import type { Config } from './config.ts';
import type { TargetConfig } from './target-id.ts';

/** SHA-256 over what a configuration says of models and provider: all that a verdict depends on. */
export function configSha256({ provider, models }: Pick<Config, 'provider' | 'models'>): string {
  const judging = models.map(({ recover: _, attribute: __, ...model }) => model);
  return sha256Of(JSON.stringify({ provider, models: judging }, mapsAsEntries));
}

/** For `JSON.stringify`, to which all maps are alike. */
export function mapsAsEntries(_: string, value: unknown): unknown {
  return value instanceof Map ? [...value] : value;
}

/** SHA-256 of how a target is to be quantized beside its scheme: pinned ranges, recipe and layers, in their order. */
export function choicesSha256({ ranges, recipe, layers }: Pick<TargetConfig, Choice>): string {
  return sha256Of(JSON.stringify([ranges, recipe, layers], mapsAsEntries));
}

/** What is proposed with a model, is measured as it is, and loosens no budget. */
export type Choice = 'ranges' | 'recipe' | 'layers';

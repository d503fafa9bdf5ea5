import { applyChanges } from './apply-changes.ts';
import type { Pin } from './pins.ts';

/** Ranges to be pinned, by model name and target id; at most one for each tensor. */
export type PinsByTarget = ReadonlyMap<string, ReadonlyMap<string, readonly Pin[]>>;

/** `applyChanges` with nothing but ranges. */
export function applyRanges(text: string, pins: PinsByTarget, fileName = 'quantgate.yml'): string {
  const changes = [...pins].map(([model, targets]) => {
    const each = [...targets].map(([target, list]) => [target, { pins: list }] as const);
    return [model, new Map(each)] as const;
  });
  return applyChanges(text, new Map(changes), fileName);
}

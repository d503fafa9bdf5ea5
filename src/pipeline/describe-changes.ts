import { changesBetween, type Difference } from '../history/snapshot.ts';
import type { JudgedTarget } from '../report/report-schema.ts';
import type { Attributed } from './attribute.ts';
import type { TargetResult } from './judge.ts';
import { snapshotOf } from './snapshot-of.ts';

const MOST = 20;

/** What is new in a target since the base; nothing where that is not known, or nothing is. */
export function describeChanges(
  { candidate, withBase }: Pick<TargetResult, 'candidate' | 'withBase'>,
  attributed: Attributed,
): Pick<JudgedTarget, 'sinceBase'> {
  if (withBase?.snapshot === undefined) return {};
  const { ranges, impacts } = changesBetween(withBase.snapshot, snapshotOf(candidate, attributed));
  // Without an attribution on both sides every unit would be new.
  const isKnown = 'units' in attributed && withBase.snapshot.impacts.length > 0;
  const layers = isKnown ? impacts : [];
  if (ranges.length === 0 && layers.length === 0) return {};
  return {
    sinceBase: {
      ranges: ranges.slice(0, MOST).map((each) => ({ tensor: each.name, ...sides(each) })),
      layers: layers.slice(0, MOST).map((each) => ({ layer: each.name, ...sides(each) })),
      more: { ranges: Math.max(ranges.length - MOST, 0), layers: Math.max(layers.length - MOST, 0) },
    },
  };
}

function sides<T>({ before, after }: Difference<T>) {
  return { before: before ?? null, after: after ?? null };
}

import type { Judged } from './combine.ts';

/**
 * Takes the pass from a model that draws random numbers, whose figures do not repeat: another run may judge otherwise. A
 * fail stays one, or random numbers would be a way around the gate.
 *
 * @param drawing what draws them, in words; empty where nothing does
 */
export function withoutRepeating<J extends Judged>(judged: J, drawing: readonly string[]): J {
  if (drawing.length === 0) return judged;
  const [first] = drawing;
  const others = drawing.length === 1 ? 'draws' : `and ${drawing.length - 1} more draw`;
  const reason = `the figures do not repeat, as ${first} ${others} random numbers: export the model without, or give them as an input`;
  return judged.verdict === 'fail'
    ? { ...judged, reasons: [...judged.reasons, reason] }
    : { ...judged, verdict: 'inconclusive', reasons: [reason, ...judged.reasons] };
}

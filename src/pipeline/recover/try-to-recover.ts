import type { TargetConfig } from '../../config/target-id.ts';
import type { Advised, Explained } from '../advise.ts';
import { problemOf } from '../failure.ts';
import type { Context, Prepared } from '../prepare.ts';
import { timed } from '../progress.ts';
import { mostAttempts, type Recovery, recoverTarget, type SearchInput } from './recover-target.ts';

/** What recovery came to, or why it could not be tried: a verdict stands without it. */
export type Recovered = Recovery | { readonly notRecovered: string };

/** Ways to choose ranges that are tried. */
const METHODS = 2;

/** Whether a change is sought for a target. */
export function isRecovered({ config, model }: Prepared, { result }: Explained): boolean {
  const { when } = config.recover;
  // Of a file that is quantized already nothing is chosen.
  if (when === 'off' || model.file !== undefined) return false;
  const { verdict, drop } = result.judgement;
  // What quantization has not cost cannot be won back.
  return when === 'always' || (verdict !== 'pass' && (drop > 0 || result.byQuantization !== 'pass'));
}

/** `recoverTarget`, where a search that fails is no obstacle to judging. */
export async function tryToRecover(
  prepared: Prepared,
  { result, attributed, advised }: Explained & { readonly advised: Advised },
  given: Pick<SearchInput, 'evidence' | 'seconds'>,
  context: Context,
): Promise<Recovered> {
  const ranges = otherRanges(result.candidate.config, advised);
  const unrecovered = { result, attributed, ranges };
  try {
    return await timed(
      `${prepared.config.name}/${result.candidate.config.id}/recover`,
      mostAttempts(unrecovered),
      context,
      (advance) => recoverTarget(prepared, unrecovered, { ...given, advance: () => advance(1) }, context),
      { things: 'attempts', seconds: given.seconds },
    );
  } catch (error) {
    return { notRecovered: problemOf(error, context.signal).slice(0, 300) };
  }
}

/** What advice has found of ranges. */
function otherRanges(config: TargetConfig, { suggestion, rangeMethods }: Advised): TargetConfig[] {
  const pins = suggestion?.changes.map(({ tensor, alpha, beta }) => [tensor, { alpha, beta }] as const) ?? [];
  const used = rangeMethods.findIndex(({ isUsed }) => isUsed);
  const methods = rangeMethods.slice(0, Math.max(used, 0)).slice(0, METHODS);
  return [
    ...(pins.length > 0 ? [{ ...config, ranges: new Map([...config.ranges, ...pins]) }] : []),
    ...methods.flatMap(({ range }) => (range === 'file' ? [] : [{ ...config, range }])),
  ];
}

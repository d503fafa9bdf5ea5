import { inRounds, type Rounds } from '../../src/pipeline/in-rounds.ts';
import type { Judged } from './staged.ts';

/** What work that has models evaluated comes to by itself. @throws whatever it fails of */
export async function done<T>(
  rounds: Rounds<T>,
  { prepared, evidence, context }: Pick<Judged, 'prepared' | 'evidence' | 'context'>,
): Promise<T> {
  const [outcome] = await inRounds(
    [{ stage: 'm/work', rounds }],
    prepared,
    evidence.fp32.references,
    context,
  );
  if ('error' in outcome) throw outcome.error;
  return outcome.result;
}

import { beforeAll, describe, expect, it } from 'vitest';
import { both, inRounds, type Rounds, type Work } from '../../../src/pipeline/in-rounds.ts';
import { type Judged, judged } from '../../support/staged.ts';

let stage: Judged;
beforeAll(async () => {
  stage = await judged();
});

/** Work that has the target evaluated under each of these names, a round for each list, and says what came of it. */
async function* evaluating(...lists: readonly (readonly string[])[]): Rounds<string> {
  let seen = '';
  for (const names of lists) {
    const { quantized } = stage.candidate;
    const evaluations = yield names.map((name) => ({ name, quantized, isRefused: () => false }));
    for (const name of names) seen += `${name} ${evaluations.get(name)?.scores.length} `;
  }
  return seen.trim();
}

// biome-ignore lint/correctness/useYield: it fails before
async function* failing(): Rounds<string> {
  throw new RangeError('no memory');
}

async function done(...all: readonly Rounds<string>[]) {
  const { prepared, evidence, context } = stage;
  const before = stage.shown.length;
  const works = all.map((rounds, i): Work<string> => ({ stage: `m/work${i}`, rounds }));
  const outcomes = await inRounds(works, prepared, evidence.fp32.references, context);
  return { outcomes, streams: stage.shown.slice(before).map(({ stage: name }) => name) };
}

describe('work in rounds', () => {
  it('has what all of it asks for in a round evaluated in one stream', async () => {
    const { outcomes, streams } = await done(
      evaluating(['a', 'b'], ['c']),
      evaluating(),
      evaluating(['d'], ['e']),
    );
    expect(outcomes).toEqual([{ result: 'a 32 b 32 c 32' }, { result: '' }, { result: 'd 32 e 32' }]);
    expect(streams).toEqual(['m/evaluate', 'm/evaluate']);
    expect(Object.keys(stage.context.times.seconds)).toEqual(expect.arrayContaining(['m/work0', 'm/work2']));
  });

  it('is done in several streams where memory does not hold all models', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `n${i}`);
    const { outcomes, streams } = await done(evaluating(names));
    expect(outcomes).toEqual([{ result: names.map((name) => `${name} 32`).join(' ') }]);
    expect(streams).toHaveLength(3);
  });

  it('that fails is its own problem', async () => {
    const { outcomes } = await done(failing(), evaluating(['a']));
    expect(outcomes).toEqual([{ error: new RangeError('no memory') }, { result: 'a 32' }]);
  });

  it('fails where samples cannot be read', async () => {
    const { prepared, evidence, context } = stage;
    const { config } = prepared;
    const unread = {
      ...prepared,
      config: { ...config, evaluation: { ...config.evaluation, inputs: 'no.npy' } },
    };
    const works = [{ stage: 'm/work', rounds: evaluating(['a']) }];
    const [outcome] = await inRounds(works, unread as typeof prepared, evidence.fp32.references, context);
    expect(outcome).toMatchObject({ error: { message: expect.stringContaining('no.npy') } });
  });

  it('of two parts has the same rounds', async () => {
    const { prepared, evidence, context } = stage;
    const before = stage.shown.length;
    const works = [{ stage: 'm/work', rounds: both(evaluating(['a'], ['b']), evaluating(['c'])) }];
    const outcomes = await inRounds(works, prepared, evidence.fp32.references, context);
    expect(outcomes).toEqual([{ result: ['a 32 b 32', 'c 32'] }]);
    expect(stage.shown.length - before).toBe(2);
  });
});

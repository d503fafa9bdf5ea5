import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type CommandTerms, lastLine, runUserCommand, shownCommand } from '../data/user-command.ts';
import { messageOf, printable, UserError } from '../errors.ts';
import { parseJson } from '../json.ts';
import { readText } from '../read-file.ts';
import type { Aggregation } from './command-options.ts';
import { ALL_THRESHOLDS, meanAveragePrecision } from './detection/average-precision.ts';
import { imageScore } from './detection/image-score.ts';
import { meanScore } from './mean-score.ts';
import type { Metric, Score } from './metric.ts';
import { fromScores } from './over-picks.ts';
import { ratioOfSums, ratioScore } from './ratio-of-sums.ts';

/** Bytes of scores.json. */
const MAX_BYTES = 2 ** 28;
const MAX_SAMPLES = 10_000_000;

const scores = { mean: z.number(), ratio: ratioScore, map: imageScore, map50: imageScore } as const;

/** What a metric of these scores is. */
export function howToAggregate(way: Aggregation): Pick<Metric, 'decomposable' | 'aggregate' | 'overPicks'> {
  switch (way) {
    case 'mean':
      return { decomposable: true, aggregate: meanScore };
    case 'ratio':
      return { decomposable: false, ...fromScores('a command', ratioScore, ratioOfSums) };
    case 'map':
    case 'map50': {
      const thresholds = way === 'map' ? ALL_THRESHOLDS : 1;
      const over = (images: readonly z.output<typeof imageScore>[]) =>
        meanAveragePrecision(images, thresholds);
      return { decomposable: false, ...fromScores('a command', imageScore, over) };
    }
  }
}

/** What a command is asked for. */
export interface ScoresWanted {
  readonly command: readonly string[];
  readonly aggregate: Aggregation;
  /** Of samples. */
  readonly count: number;
  /** Scores of which the mean is a share of 1. */
  readonly areShares: boolean;
}

/**
 * Runs a command, and reads the scores that it says: `{ "scores": [...] }` in scores.json of its folder, or else as the last
 * line on stdout.
 *
 * @throws UserError when it fails, or says anything else
 */
export async function answeredScores(
  { command, aggregate, count, areShares }: ScoresWanted,
  terms: CommandTerms,
): Promise<Score[]> {
  const said = await runUserCommand(command, terms, process.env);
  const file = join(terms.folder, 'scores.json');
  const isFile = (await stat(file).catch(() => undefined)) !== undefined;
  const shown = `command ${JSON.stringify(shownCommand(command))}`;
  const where = isFile ? `scores.json of ${shown}` : `the last line of ${shown}`;
  const text = isFile
    ? await readText(file, MAX_BYTES).catch((error) => {
        throw new UserError(`${where} cannot be read (${messageOf(error)}): write a file of scores`);
      })
    : lastLine(said.stdout);
  const about = printable(lastLine(said.stderr));
  const answer = parseJson(
    text,
    z.object({ scores: z.array(scores[aggregate] as z.ZodType<Score>).max(MAX_SAMPLES) }),
    {
      where,
      what: '{ "scores": [...] }',
      remedy: `write scores.json into the folder QUANTGATE_FOLDER, or print it last${about === '' ? '' : `; it said: ${about}`}`,
    },
  );
  if (answer.scores.length !== count)
    throw new UserError(
      `${where} has ${answer.scores.length} scores for ${count} samples: give each sample one, in their order`,
    );
  const beyond = areShares
    ? answer.scores.findIndex((score) => !(Number(score) >= 0 && Number(score) <= 1))
    : -1;
  if (beyond >= 0)
    throw new UserError(
      `${where}: score ${beyond} is ${Number(answer.scores[beyond])}, and a fraction lies between 0 and 1: take another unit for the metric`,
    );
  return answer.scores;
}

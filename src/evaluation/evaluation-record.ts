import { z } from 'zod';
import type { Shard } from '../data/shard.ts';
import { quote, UserError } from '../errors.ts';
import { parseJson } from '../json.ts';
import type { Score } from '../metrics/metric.ts';
import { decodeReference, encodeReference, referenceJson } from '../metrics/reference-json.ts';
import { sha256Hex } from '../sha256.ts';
import { shellCommand } from '../words/shell-command.ts';
import type { Evaluation } from './evaluation.ts';
import { emptySketch } from './output-sketch.ts';

/** What decides the results of an evaluation: two that agree in all of it may be merged. */
export interface EvaluationIdentity {
  /** The model's name in `quantgate.yml`. */
  readonly model: string;
  readonly modelSha256: string;
  /** All evaluation samples, labels and preprocessing, without the shard's own range. */
  readonly dataSha256: string;
  readonly calibrationSha256: string;
  /** Targets, pinned ranges and metric of the config. */
  readonly settingsSha256: string;
  readonly provider: string;
  /** Version of quantgate. */
  readonly tool: string;
}

/** What FP32 and the targets of one model did on a part of the evaluation samples. */
export interface EvaluationShard {
  readonly identity: EvaluationIdentity;
  readonly shard: Shard;
  /** Samples first <= i < end. */
  readonly range: readonly [first: number, end: number];
  /** By contestant. */
  readonly results: ReadonlyMap<string, ShardResult>;
  /** Why contestants have no results, by their name. */
  readonly failures: ReadonlyMap<string, string>;
}

export interface ShardResult extends Evaluation {
  /** The metric over the samples of the shard; null where so few of them have none. */
  readonly value: number | null;
}

const MAX_SAMPLES = 10_000_000;
const MAX_SHARDS = 9999;
const index = z.int().min(0);
const name = z.string().max(4096);
const sketch = z.strictObject({
  samples: index,
  classes: index.nullable(),
  output: sha256Hex.nullable(),
  label: sha256Hex.nullable(),
  labels: z.array(z.tuple([z.int(), index])).max(MAX_SAMPLES),
});
const result = z.strictObject({
  name,
  value: z.number().nullable(),
  scores: z.array(z.union([z.number(), z.json()])).max(MAX_SAMPLES),
  references: z.array(referenceJson).max(MAX_SAMPLES),
  greatest: z.array(z.int()).max(MAX_SAMPLES),
  overflows: z.array(z.tuple([name, index])).max(100_000),
  /** null stands for infinity. */
  largest: z
    .array(z.tuple([name, z.number().nullable()]))
    .max(100_000)
    .default([]),
  sketch: sketch.optional(),
});
const evaluationFile = z.strictObject({
  quantgateEvaluation: z.literal(1),
  model: z.string().max(256),
  modelSha256: sha256Hex,
  dataSha256: sha256Hex,
  calibrationSha256: sha256Hex,
  settingsSha256: sha256Hex,
  provider: z.string().max(64),
  tool: z.string().max(64),
  shard: z.tuple([z.int().min(1).max(MAX_SHARDS), z.int().min(1).max(MAX_SHARDS)]),
  range: z.tuple([index, index]),
  results: z.array(result).max(1000),
  failures: z
    .array(z.tuple([name, z.string().max(2000)]))
    .max(1000)
    .default([]),
});

/** The shard as JSON text; numbers survive it exactly. */
export function writeEvaluation({ identity, shard, range, results, failures }: EvaluationShard): string {
  const plain = [...results].map(([name, { references, overflows, largest, sketch, ...rest }]) => ({
    name,
    ...rest,
    references: references.map(encodeReference),
    overflows: [...overflows],
    largest: [...largest].map(([tensor, value]) => [tensor, Number.isFinite(value) ? value : null]),
    ...(sketch.samples > 0 && { sketch: { ...sketch, labels: [...sketch.labels] } }),
  }));
  const { index, count } = shard;
  const made = { shard: [index, count], range, results: plain, failures: [...failures] };
  const file = { quantgateEvaluation: 1, ...identity, ...made };
  return `${JSON.stringify(file)}\n`;
}

/** @throws UserError when the text is not an evaluation that `writeEvaluation` could have written */
export function readEvaluation(text: string, where: string): EvaluationShard {
  const wanted = { where, what: 'an evaluation', remedy: `run ${shellCommand('evaluate')} again` };
  const refuse = (why: string) => new UserError(`${where} is not ${wanted.what} (${why}): ${wanted.remedy}`);
  const file = parseJson(text, evaluationFile, wanted);
  const { quantgateEvaluation: _, shard, range, results, failures, ...identity } = file;
  const [index, count] = shard;
  if (index > count) throw refuse(`shard ${index}/${count}`);
  const samples = range[1] - range[0];
  if (samples < 1) throw refuse('its range is empty');
  for (const { name, scores, references, greatest } of results) {
    if (scores.length !== samples || greatest.length !== samples || ![0, samples].includes(references.length))
      throw refuse(`results of ${quote(name)} are not ${samples}, one for each sample`);
  }
  const byName = results.map(({ name, overflows, largest, references, scores, sketch, ...rest }) => {
    const decoded = {
      references: references.map(decodeReference),
      overflows: new Map(overflows),
      largest: new Map(largest.map(([tensor, value]) => [tensor, value ?? Infinity])),
      sketch: sketch === undefined ? emptySketch() : { ...sketch, labels: new Map(sketch.labels) },
    };
    return [name, { ...rest, scores: scores as Score[], ...decoded }] as const;
  });
  const made = { results: new Map(byName), failures: new Map(failures) };
  return { identity, shard: { index, count }, range, ...made };
}

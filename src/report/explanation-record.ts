import { z } from 'zod';
import type { Shard } from '../data/shard.ts';
import { quote, UserError } from '../errors.ts';
import type { EvaluationIdentity } from '../evaluation/evaluation-record.ts';
import { parseJson } from '../json.ts';
import { sha256Hex } from '../sha256.ts';
import { shellCommand } from '../words/shell-command.ts';
import { targetEntry } from './judged-schema.ts';
import { stageSeconds, type TargetReport } from './report-schema.ts';

/** What decides how the targets of a model are explained: those that agree in all of it may stand in one report. */
export interface ExplanationIdentity extends EvaluationIdentity {
  /** SHA-256 of the stored baseline that was compared with, or the state of the comparison. */
  readonly baseline: string;
}

/** A target as one of several runners explained it. */
export interface ExplainedTarget {
  readonly entry: TargetReport;
  /** Why its loss is not attributed to layers, where that was tried. */
  readonly notAttributed?: string | undefined;
  /** Why there is no advice, where that was tried. */
  readonly notAdvised?: string | undefined;
  /** The files of its plan of recovery, relative to the folder of the record, and their SHA-256. */
  readonly recovered: readonly (readonly [path: string, sha256: string])[];
}

/** What one of several runners explained of a model: attribution, advice and recovery of some of its targets. */
export interface ExplanationShard {
  readonly identity: ExplanationIdentity;
  readonly shard: Shard;
  readonly targets: readonly ExplainedTarget[];
  /** What it took, by stage. */
  readonly seconds: Readonly<Record<string, number>>;
}

/** The folder of what recovery found, below that of a report. */
export const RECOVERED = 'recovered';

const MAX_SHARDS = 9999;
const index = z.int().min(1).max(MAX_SHARDS);
const text = (longest: number) => z.string().max(longest);
const explained = z.strictObject({
  entry: targetEntry,
  notAttributed: text(300).optional(),
  notAdvised: text(300).optional(),
  recovered: z.array(z.tuple([text(1024), sha256Hex])).max(1000),
});
const explanationFile = z.strictObject({
  quantgateExplanation: z.literal(1),
  model: text(256),
  modelSha256: sha256Hex,
  dataSha256: sha256Hex,
  calibrationSha256: sha256Hex,
  settingsSha256: sha256Hex,
  baseline: text(64),
  provider: text(64),
  tool: text(64),
  shard: z.tuple([index, index]),
  targets: z.array(explained).max(32),
  seconds: stageSeconds,
});

/** The shard as JSON text; numbers survive it exactly. */
export function writeExplanation({ identity, shard, targets, seconds }: ExplanationShard): string {
  const made = { shard: [shard.index, shard.count], targets, seconds };
  return `${JSON.stringify({ quantgateExplanation: 1, ...identity, ...made })}\n`;
}

/** @throws UserError when the text is not an explanation that `writeExplanation` could have written */
export function readExplanation(json: string, where: string): ExplanationShard {
  const wanted = { where, what: 'an explanation', remedy: `run ${shellCommand('explain')} again` };
  const refuse = (why: string) => new UserError(`${where} is not ${wanted.what} (${why}): ${wanted.remedy}`);
  const file = parseJson(json, explanationFile, wanted);
  const { quantgateExplanation: _, shard, targets, seconds, ...identity } = file;
  const [index, count] = shard;
  if (index > count) throw refuse(`shard ${index}/${count}`);
  for (const { entry, recovered } of targets) {
    const folder = `${RECOVERED}/${identity.model}/${entry.target}/`;
    const files = filesOfPlan(entry);
    const isOwn = ([path]: readonly [string, string], i: number) =>
      path === files[i] && path.startsWith(folder) && !path.slice(folder.length).includes('/');
    if (recovered.length !== files.length || !recovered.every(isOwn))
      throw refuse(`files of ${quote(entry.target)} are not those of its recovery`);
  }
  return { identity, shard: { index, count }, targets, seconds };
}

/** Paths of what recovery wrote for a target. */
export function filesOfPlan(entry: TargetReport): readonly string[] {
  return (entry.verdict !== 'error' && entry.recovery?.plan?.files) || [];
}

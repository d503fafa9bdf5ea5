import { join } from 'node:path';
import { mapsAsEntries } from '../config/config-hash.ts';
import { messageOf, printable, quote, UserError } from '../errors.ts';
import { checkIdentity, type Refusal } from '../evaluation/check-identity.ts';
import { readWhole } from '../read-file.ts';
import type { ExplainedTarget, ExplanationIdentity } from '../report/explanation-record.ts';
import { targetEntry } from '../report/judged-schema.ts';
import type { JudgedTarget } from '../report/report-schema.ts';
import { sha256Of } from '../sha256.ts';
import { NO_ADVICE } from './advise.ts';
import { describeTarget, type JudgedFinding, type TargetFinding } from './describe.ts';
import { identityOf } from './evaluate-shard.ts';
import type { Evidence } from './evidence.ts';
import type { GateInput } from './gate-input.ts';
import type { TargetResult } from './judge.ts';
import type { Context, Prepared } from './prepare.ts';
import type { GivenExplanation } from './shard-files.ts';

/** A target that another runner explained, and the folder that holds its files. */
export interface GivenTarget extends ExplainedTarget, Pick<GivenExplanation, 'folder'> {}

const refusal: Refusal<ExplanationIdentity> = {
  foreign: {
    model: 'another model',
    tool: 'another version of quantgate',
    modelSha256: 'another version of the model',
    dataSha256: 'other samples, labels or preprocessing',
    settingsSha256: 'another configuration of the model',
    calibrationSha256: 'another calibration',
    baseline: 'another baseline',
    provider: 'another provider',
  },
  remedy: 'explain and judge with one commit, one quantgate.yml, one calibration and one baseline',
};

/** Of a file of recovery: what one message of protobuf holds, and more than any other. */
const MAX_BYTES = 2 ** 31;

/** What decides how the targets of this model are explained, beside their evaluation. */
export async function explanationIdentity(
  prepared: Prepared,
  { calibration, dataSha256, lookup }: Pick<Evidence, 'calibration' | 'dataSha256' | 'lookup'>,
  context: Context,
): Promise<ExplanationIdentity> {
  const evaluated = await identityOf(prepared, calibration, dataSha256, context);
  const settings = JSON.stringify([evaluated.settingsSha256, prepared.config], mapsAsEntries);
  return {
    ...evaluated,
    settingsSha256: sha256Of(settings),
    baseline: lookup.state === 'compared' ? lookup.sha256 : lookup.state,
  };
}

/**
 * The targets of a model that other runners explained, by their ids.
 *
 * @param shards in any order
 * @param expected what each of them must be of
 * @param ids of the targets that have to be there
 * @throws UserError when a shard is foreign, or a target is missing or there twice
 */
export function givenTargets(
  shards: readonly GivenExplanation[],
  expected: ExplanationIdentity,
  ids: readonly string[],
): Map<string, GivenTarget> {
  const byId = new Map<string, GivenTarget>();
  for (const { identity, shard, targets, folder } of shards) {
    const name = `explanation shard ${shard.index}/${shard.count} of ${printable(expected.model)}`;
    checkIdentity({ name, identity }, expected, refusal);
    for (const target of targets) {
      const id = target.entry.target;
      if (byId.has(id))
        throw new UserError(
          `${name} has target ${quote(id)}, which another file has, too: give each file of one explanation once`,
        );
      byId.set(id, { ...target, folder });
    }
  }
  const missing = ids.find((id) => !byId.has(id));
  if (missing === undefined) return byId;
  const { count } = shards[0].shard;
  throw new UserError(
    `the explanation shards of ${printable(expected.model)} lack target ${quote(missing)}: give the files of all ${count}`,
  );
}

/** A target that is judged here and was explained elsewhere. */
interface Judged {
  readonly prepared: Prepared;
  readonly result: TargetResult;
  readonly evidence: Evidence;
  /** Paths of the files for its tools. */
  readonly files: readonly string[];
}

/**
 * What there is to say of a target that another runner explained. Its figures have to be those of this runner, whose
 * verdict counts.
 *
 * @throws UserError when they are not, or a file of its recovery is not the one that it states
 */
export async function givenFinding(
  { prepared, result, evidence, files }: Judged,
  { entry, notAttributed, notAdvised, recovered, folder }: GivenTarget,
  writeChipFile: GateInput['writeChipFile'],
): Promise<TargetFinding> {
  const { config } = result.candidate;
  if (entry.verdict === 'error') return { config, problem: entry.reasons[0] };
  const own: JudgedFinding = {
    result,
    attributed: { notAttributed },
    advised: notAdvised === undefined ? NO_ADVICE : { ...NO_ADVICE, notAdvised },
    recovered: undefined,
    recoveredFiles: [],
    files,
  };
  checkFigures(prepared, describeTarget(prepared, own, evidence), entry);
  for (const [path, sha256] of recovered)
    await writeChipFile({ path, content: await contentOf(path, sha256, folder) });
  return { ...own, entry };
}

/** @throws UserError when two entries of a target are not of one judgement */
function checkFigures({ config }: Prepared, own: JudgedTarget, given: JudgedTarget): void {
  // What layers lose by themselves may fail it then, which only who explains knows.
  const byLayers = config.budget.minSqnrDb !== undefined;
  // What was read has its keys in the order of the schema.
  const [here, there] = [own, given].map((entry) => {
    const { verdict, reasons, metric, base, floor, realInt8 } = targetEntry.parse(entry) as JudgedTarget;
    const judged = byLayers && given.verdict === 'fail' ? [] : [verdict, reasons];
    return JSON.stringify([metric, base, floor, realInt8, ...judged]);
  });
  if (here === there) return;
  throw new UserError(
    'its explanation is of another evaluation: explain and judge with the same evaluation files, on runners with one kind of CPU',
  );
}

async function contentOf(path: string, sha256: string, folder: string): Promise<Uint8Array> {
  let content: Uint8Array;
  try {
    content = await readWhole(join(folder, path), MAX_BYTES);
  } catch (error) {
    throw new UserError(
      `${path} of its recovery cannot be read (${messageOf(error)}): give all that quantgate explain wrote, with its folders`,
    );
  }
  if (sha256Of(content) === sha256) return content;
  throw new UserError(`${path} of its recovery is not the file that was written: explain again`);
}

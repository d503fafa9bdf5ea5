import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Config } from '../../config/config.ts';
import { limitsOf } from '../../config/limits.ts';
import { parseShard, type Shard } from '../../data/shard.ts';
import { messageOf, printable, quote, UserError } from '../../errors.ts';
import { calibrateModel, calibrationOf } from '../../pipeline/calibrate.ts';
import { evaluateShard } from '../../pipeline/evaluate-shard.ts';
import { explainShares } from '../../pipeline/explain-share.ts';
import type { ChipFile } from '../../pipeline/export.ts';
import { failureOfAll, forEachModel } from '../../pipeline/failure.ts';
import type { GateInput } from '../../pipeline/gate-input.ts';
import { prepare } from '../../pipeline/prepare.ts';
import {
  readCalibrations,
  readEvaluations,
  readExplanations,
  type ShardFile,
  saveCalibration,
  saveEvaluation,
  saveExplanation,
} from '../../pipeline/shard-files.ts';
import { RECOVERED } from '../../report/explanation-record.ts';
import { writeBelow } from '../../report/write.ts';
import { aboutModel } from '../../words/about-model.ts';
import { baselinesOf } from '../baselines.ts';
import { type Case, withCase } from '../change/case.ts';
import type { Mode, ShardInputs } from '../inputs.ts';
import type { ModeContext, Outcome } from '../mode.ts';
import { openOut } from '../out-folder.ts';
import { whileMeasuring } from '../start-context.ts';

type ShardStep = ModeContext & { readonly inputs: ShardInputs };

/**
 * Mode `calibrate`: the histograms of one part of the calibration samples of every model, as files in the folder `out`.
 *
 * @throws UserError when there is no configuration, or a model cannot be calibrated
 */
export function calibrate(step: ShardStep): Promise<Outcome> {
  return forShard(step, ({ config, place, copies, shard, out }) =>
    whileMeasuring({ config, limits: limitsOf(config), place: { ...place, copies } }, step, (context) =>
      forEachModel(config.models, context.signal, async (model) => {
        const calibration = await calibrateModel(await prepare(model, context), context, shard);
        step.log.info(`in ${await saveCalibration(out, model.name, calibration, shard)}`);
      }),
    ),
  );
}

/**
 * Mode `evaluate`: what FP32 and every target do on one part of the evaluation samples, as files in the folder `out`.
 *
 * @throws UserError when there is no configuration, the calibration is not complete, or a model cannot be evaluated
 */
export function evaluate(step: ShardStep): Promise<Outcome> {
  return forShard(step, async ({ config, place, copies, change, shard, out }) => {
    const { shards } = await givenShards(step, config);
    const baselines = baselinesOf(step, config, place, change?.base);
    return whileMeasuring(
      { config, limits: limitsOf(config), place: { ...place, copies } },
      step,
      (context) =>
        forEachModel(config.models, context.signal, async (model) => {
          const prepared = await prepare(model, context);
          const calibration = await calibrationOf(prepared, shards.get(model.name), context);
          const evaluation = await evaluateShard(prepared, { calibration, baselines, shard }, context);
          step.log.info(`in ${await saveEvaluation(out, evaluation)}`);
        }),
    );
  });
}

/**
 * Mode `explain`: attribution, advice and recovery of a share of the targets of all models, as files in the folder `out`.
 *
 * @throws UserError when there is no configuration, calibration or evaluation are not complete, or a model cannot be judged
 */
export function explainTargets(step: ShardStep): Promise<Outcome> {
  return forShard(step, async ({ config, place, copies, change, shard, out }) => {
    const input = {
      ...(await givenShards(step, config)),
      config,
      baselines: baselinesOf(step, config, place, change?.base),
      commit: change?.head ?? step.job.commit,
      date: new Date(),
      writeChipFile: ({ path, content }: ChipFile) => writeBelow(out, path, content),
    };
    return whileMeasuring(
      { config, limits: limitsOf(config), place: { ...place, copies } },
      step,
      (context) =>
        explainShares({ shard, input }, context, async (model, explanation) => {
          step.log.info(
            explanation === undefined
              ? aboutModel(model, 'no target of this share can be judged, as the gate will say')
              : `in ${await saveExplanation(out, explanation)}`,
          );
        }),
    );
  });
}

/** What jobs leave for others, and the mode that does: each takes what those before it left. */
const modeOf = { calibration: 'calibrate', evaluation: 'evaluate', explanation: 'explain' } as const;
type Kind = keyof typeof modeOf;

/**
 * The work of other jobs that the inputs `calibration`, `evaluation` and `explanation` name, for a gate.
 *
 * @throws UserError when a folder holds no files, or some that are not of this configuration
 */
export async function givenShards(
  { inputs, job }: Pick<ShardStep, 'inputs' | 'job'>,
  config: Pick<Config, 'models'>,
): Promise<Required<Pick<GateInput, 'shards' | 'evaluations' | 'explanations'>>> {
  const models = config.models.map(({ name }) => name);
  const files = (kind: Kind) => filesIn(inputs[kind], kind, job.workspace);
  return {
    shards: await readCalibrations(await files('calibration'), models),
    evaluations: await readEvaluations(await files('evaluation'), models),
    explanations: await readExplanations(await files('explanation'), models),
  };
}

interface ShardTask extends Pick<Case, 'place' | 'change' | 'copies'> {
  /** The one that judges. */
  readonly config: Config;
  readonly shard: Shard;
  /** Absolute folder, which is there. */
  readonly out: string;
}

/**
 * Where the gate will find nothing to measure there is nothing to share: no file is written.
 *
 * @param work gives a line for each model that failed
 */
async function forShard(
  step: ShardStep,
  work: (task: ShardTask) => Promise<readonly string[]>,
): Promise<Outcome> {
  const { inputs, job, log } = step;
  if (inputs.shard === undefined)
    throw new UserError(
      `mode ${inputs.mode} needs the input shard: set it to 1/4, 2/4, 3/4 and 4/4 by a matrix`,
    );
  const shard = parseShard(inputs.shard);
  const done: Outcome = { outputs: {}, summary: '', failure: undefined };
  return withCase(step, async ({ judging: { config }, unchanged, ...opened }) => {
    if (unchanged !== undefined) {
      log.info(`nothing to ${inputs.mode}: ${unchanged}`);
      return done;
    }
    const out = await openOut(job.workspace, inputs.out);
    await refuseOthers(out, inputs);
    return { ...done, failure: failureOfAll(await work({ ...opened, config, shard, out })) };
  });
}

/** What lies there would be taken for the work of other jobs, with what this one leaves. */
async function refuseOthers(out: string, { mode, out: named }: ShardStep['inputs']): Promise<void> {
  // A job may do what comes after on what it left itself.
  const own = Object.values<Mode>(modeOf).indexOf(mode);
  const kinds = Object.keys(modeOf).slice(own).join('|');
  const theirs = new RegExp(`\\.(${kinds})\\.json$|^${RECOVERED}$`);
  const other = (await readdir(out)).find((name) => theirs.test(name));
  if (other === undefined) return;
  throw new UserError(
    `input out: ${printable(named)} holds ${quote(other)} already, which may be the change's own: name a folder that the repository does not have`,
  );
}

/** Files of a kind in a folder and, as artifacts are unpacked, in folders of it. */
async function filesIn(folder: string | undefined, kind: Kind, workspace: string): Promise<ShardFile[]> {
  if (folder === undefined) return [];
  const root = resolve(workspace, folder);
  let names: string[];
  try {
    names = await readdir(root, { recursive: true });
  } catch (error) {
    throw new UserError(
      `input ${kind}: ${folder} cannot be read (${messageOf(error)}): download the artifacts of the jobs with mode ${modeOf[kind]} there`,
    );
  }
  const files = names.filter((name) => name.endsWith(`.${kind}.json`)).sort();
  if (files.length === 0)
    throw new UserError(
      `input ${kind}: ${folder} holds no .${kind}.json files: download the artifacts of all shards there`,
    );
  return files.map((name) => ({ path: join(root, name), where: join(folder, name) }));
}

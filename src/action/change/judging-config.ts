import type { Config } from '../../config/config.ts';
import { configSha256 } from '../../config/config-hash.ts';
import { loadConfig } from '../../config/load-config.ts';
import type { TargetConfig } from '../../config/target-id.ts';
import { messageOf, UserError } from '../../errors.ts';
import { ApiError } from '../../github/api-error.ts';
import { checkReadable } from '../../github/contents.ts';
import type { Base } from '../event.ts';
import type { ModeContext } from '../mode.ts';
import { readBaseConfig } from './base-config.ts';
import type { ConfigPlace } from './config-place.ts';
import { codeOf } from './watched-files.ts';

/** A configuration, or why there is none, on one line. */
export type Readable = { readonly config: Config } | { readonly problem: string };

/** The same of a base, which may have none yet. */
export type BaseReadable = Readable | { readonly absent: string };

/** What a change is judged by. */
export interface Judging {
  readonly config: Config;
  /** What the pull request proposes, where it would judge otherwise. */
  readonly proposed: Proposed | undefined;
  /** Why the base's own configuration cannot judge: an error, whatever is measured. */
  readonly problem: string | undefined;
  /** Why the base has none, so that nothing judged by this passes. */
  readonly absent: string | undefined;
}

export type Proposed = Readable & {
  /** Whether it changes what is judged, so that the worse of both verdicts counts. */
  readonly counts: boolean;
};

/**
 * The configuration that judges: that of the base commit, so that no pull request loosens its own budget. Where the base has
 * none yet the head's own is measured, and nothing passes by it.
 *
 * @param base undefined for what proposes no change: the configuration of the workspace judges
 * @throws UserError when no configuration can be read, ApiError when GitHub cannot be asked for that of the base
 */
export async function readJudging(
  step: Pick<ModeContext, 'api' | 'job' | 'inputs'>,
  place: ConfigPlace,
  base: Base | undefined,
): Promise<Judging> {
  const ours = await tryTo(() => loadConfig(place.path, place.root));
  const theirs = base && (await readBase(step, place, base));
  const { models } = step.inputs;
  checkNames(models, [ours, theirs]);
  const ofBase =
    theirs && onlyModels(theirs, models, (why) => ({ absent: `the configuration of the base ${why}` }));
  return judgingOf(
    ofBase,
    onlyModels(ours, models, (why) => ({ problem: `the configuration ${why}` })),
  );
}

const alone = { proposed: undefined, problem: undefined, absent: undefined };

/**
 * Chooses between the configuration of the base and that of the head. How a target is quantized is the head's, as far as
 * its chip has the choice: granularity, range method, pinned ranges, recipe, and layers with a precision of their own are
 * part of what is proposed, are measured as any, and loosen nothing.
 *
 * @param base undefined where no change is proposed
 * @throws UserError when neither can be used
 */
export function judgingOf(base: BaseReadable | undefined, head: Readable): Judging {
  if (base === undefined) return { ...alone, config: usable(head) };
  if ('absent' in base) {
    const config = usable(head);
    const [code] = codeOf(config);
    if (code === undefined) return { ...alone, config, absent: base.absent };
    throw new UserError(`${base.absent}, so the code of ${code} does not run: merge it first`);
  }
  if ('problem' in base) {
    if ('problem' in head) throw new UserError(base.problem);
    const proposed = { ...withoutNewCode(head, []), counts: true };
    return { ...alone, config: head.config, proposed, problem: base.problem };
  }
  // Merged, it would judge nothing any more.
  if ('problem' in head) return { ...alone, config: base.config, proposed: { ...head, counts: true } };
  const config = withChoices(base.config, head.config);
  if (configSha256(config) === configSha256(head.config)) return { ...alone, config };
  const counts = sourcesOf(config) !== sourcesOf(head.config);
  return { ...alone, config, proposed: { ...withoutNewCode(head, codeOf(base.config)), counts } };
}

function usable(head: Readable): Config {
  if ('problem' in head) throw new UserError(head.problem);
  return head.config;
}

/** Which models are judged on which data: what may not be exchanged for what passes. */
function sourcesOf({ models }: Config): string {
  return JSON.stringify(
    models
      .map(({ name, path, reference, calibration, evaluation }) => {
        const of = ({ inputs, range }: typeof calibration) => [
          typeof inputs === 'string' ? inputs : [...inputs].sort(),
          range ?? null,
        ];
        return [name, path, reference ?? null, of(calibration), of(evaluation), evaluation.labels ?? null];
      })
      .sort(),
  );
}

/** Code that a pull request brings does not run: it could write whatever verdict it likes. */
function withoutNewCode(head: { readonly config: Config }, known: readonly string[]): Readable {
  const added = codeOf(head.config).find((code) => !known.includes(code));
  if (added === undefined) return head;
  return {
    problem: `${added} is not in the configuration of the base, so its code does not run: merge it first, then judge by it`,
  };
}

function withChoices(base: Config, head: Config): Config {
  const models = base.models.map((model) => {
    const proposed = head.models.find(({ name }) => name === model.name);
    if (proposed === undefined) return model;
    const targets = model.targets.map((target) => {
      const same = counterpart(target, model.targets, proposed.targets);
      if (same === undefined) return target;
      const { id, weights, range, ranges, recipe, layers } = same;
      return { ...target, id, weights, range, ranges, recipe, layers };
    });
    return { ...model, ranges: proposed.ranges, targets };
  });
  return { ...base, models };
}

/**
 * The head's target that stands for one of the base: that of its id, or, as granularity and range method are part of an id,
 * the only other one of its chip, architecture, precision and widths.
 */
function counterpart(
  target: TargetConfig,
  base: readonly TargetConfig[],
  head: readonly TargetConfig[],
): TargetConfig | undefined {
  const same = head.find(({ id }) => id === target.id);
  if (same !== undefined) return same;
  const likeIt = (of: readonly TargetConfig[], others: readonly TargetConfig[]) =>
    of.filter(
      (each) =>
        each.chip === target.chip &&
        each.arch === target.arch &&
        each.precision === target.precision &&
        each.blockSize === target.blockSize &&
        each.weightBits === target.weightBits &&
        each.activationBits === target.activationBits &&
        each.float === target.float &&
        !others.some(({ id }) => id === each.id),
    );
  const [renamed, ...more] = likeIt(head, base);
  return more.length === 0 && likeIt(base, head).length === 1 ? renamed : undefined;
}

async function readBase(
  { api, job }: Pick<ModeContext, 'api' | 'job'>,
  { inRepository }: ConfigPlace,
  { commit }: Base,
): Promise<BaseReadable> {
  const where = `${inRepository} of the base commit ${commit.slice(0, 12)}`;
  if (api === undefined) {
    throw new UserError(
      `${where} judges and cannot be read without a token: leave the input token out, or give github.token`,
    );
  }
  const { repository } = job;
  const theirs = await tryTo(() => readBaseConfig(api, repository, commit, inRepository));
  if ('problem' in theirs)
    return { problem: `${where} is not valid, so nothing is judged by it: ${theirs.problem}` };
  if (theirs.config !== undefined) return { config: theirs.config };
  // What a token may not see is "not found" as well, and must not pass for a configuration that is not there.
  await checkReadable(api, repository, commit);
  return { absent: `there is no ${where}` };
}

async function tryTo<T>(
  read: () => Promise<T>,
): Promise<{ readonly config: T } | { readonly problem: string }> {
  try {
    return { config: await read() };
  } catch (error) {
    if (error instanceof UserError && !(error instanceof ApiError)) return { problem: messageOf(error) };
    throw error;
  }
}

/** @param otherwise what is said of a configuration that has none of the models */
function onlyModels<R extends BaseReadable, N>(
  given: R,
  names: readonly string[] | undefined,
  otherwise: (why: string) => N,
): R | { readonly config: Config } | N {
  if (names === undefined || !('config' in given)) return given;
  const models = given.config.models.filter(({ name }) => names.includes(name));
  if (models.length === 0) return otherwise(`has no model ${names.join(', ')}`);
  return { config: { ...given.config, models } };
}

function checkNames(
  names: readonly string[] | undefined,
  given: readonly (BaseReadable | undefined)[],
): void {
  const configs = given.flatMap((each) => (each !== undefined && 'config' in each ? each.config : []));
  const known = new Set(configs.flatMap(({ models }) => models.map(({ name }) => name)));
  const unknown = names?.filter((name) => !known.has(name)) ?? [];
  if (configs.length > 0 && unknown.length > 0) {
    throw new UserError(
      `input models names ${unknown.join(', ')}, which the configuration does not have: it has ${[...known].join(', ')}`,
    );
  }
}

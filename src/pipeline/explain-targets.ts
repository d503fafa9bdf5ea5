import { sharedMeasurements } from '../attribution/measurements.ts';
import { RECOVERED } from '../report/explanation-record.ts';
import { type Advised, advise, type Explained } from './advise.ts';
import { type Attributing, asksForAttribution, tryToAttribute } from './attribute.ts';
import type { TargetFinding } from './describe.ts';
import { tryToEstimate } from './estimate-leaders.ts';
import type { Evidence } from './evidence.ts';
import { chipFilesOf } from './export.ts';
import { type FailedTarget, problemOf } from './failure.ts';
import { findFp16, isMendedByFp32 } from './find-fp16.ts';
import type { GateInput } from './gate-input.ts';
import { type GivenTarget, givenFinding } from './given-explanation.ts';
import { type Candidate, judgeTarget } from './judge.ts';
import { withLayerBudget } from './layer-budget.ts';
import type { Context, Prepared } from './prepare.ts';
import { booked } from './progress.ts';
import { type SharedTime, sharedTime } from './recover/deadline.ts';
import { isRecovered, tryToRecover } from './recover/try-to-recover.ts';

/** What targets are judged in. */
interface Gate {
  readonly input: Pick<GateInput, 'writeChipFile'>;
  readonly context: Context;
}

/**
 * Judges the targets of a model, explains them, seeks what brings them back and writes their files; whatever fails is the
 * target's own error. What is advised on all of them is evaluated side by side.
 */
export async function explainHere(
  prepared: Prepared,
  candidates: readonly Candidate[],
  evidence: Evidence,
  { input, context }: Gate,
): Promise<TargetFinding[]> {
  const { name, recover } = prepared.config;
  const shared = candidates.length > 1 ? sharedMeasurements() : undefined;
  const explained: Explained[] = [];
  const findings: TargetFinding[] = [];
  for (const candidate of candidates) {
    const found = await explain(prepared, candidate, evidence, { ...context, shared });
    if ('problem' in found) findings.push(found);
    else explained.push(found);
  }
  const advised = await booked(`${name}/advise`, context, () =>
    advise(prepared, explained, evidence, context),
  );
  const time = sharedTime(60 * recover.minutes, candidates.length, context.now);
  for (const [i, each] of explained.entries()) {
    const target = { ...each, advised: advised[i] };
    findings.push(await findingOf(prepared, target, evidence, { input, context, time }));
  }
  return findings;
}

/** Judges the targets of a model that other runners explained, and writes their files. */
export async function takeExplained(
  prepared: Prepared,
  candidates: readonly Candidate[],
  evidence: Evidence,
  { input, context, given }: Gate & { readonly given: ReadonlyMap<string, GivenTarget> },
): Promise<TargetFinding[]> {
  const findings: TargetFinding[] = [];
  for (const candidate of candidates) {
    const { id } = candidate.config;
    findings.push(
      await orProblem(candidate, context, async () => {
        const result = judgeTarget(prepared, candidate, evidence, context.progress);
        const files = await writeFiles(prepared, candidate, { input, context });
        return givenFinding({ prepared, result, evidence, files }, given.get(id)!, input.writeChipFile);
      }),
    );
  }
  return findings;
}

/** Judges a candidate and explains it. */
function explain(
  prepared: Prepared,
  candidate: Candidate,
  evidence: Evidence,
  context: Attributing,
): Promise<Explained | FailedTarget> {
  return orProblem(candidate, context, async () => {
    const judged = judgeTarget(prepared, candidate, evidence, context.progress);
    const attributed = asksForAttribution(prepared, judged)
      ? await tryToAttribute(prepared, candidate, evidence, context)
      : await tryToEstimate(prepared, judged, evidence, context);
    const result = withLayerBudget(prepared, judged, attributed);
    const fp16 = await findFp16(prepared, result, { attributed, evidence }, context);
    return { result, attributed, fp16 };
  });
}

/** Writes the files of a target and seeks what brings it back. */
function findingOf(
  prepared: Prepared,
  explained: Explained & { readonly advised: Advised },
  evidence: Evidence,
  { time, ...gate }: Gate & { readonly time: SharedTime },
): Promise<TargetFinding> {
  const { candidate } = explained.result;
  return orProblem(candidate, gate.context, async () => {
    const files = await writeFiles(prepared, candidate, gate);
    const recovered = await time.piece(async (seconds) =>
      !isMendedByFp32(explained) && isRecovered(prepared, explained)
        ? tryToRecover(prepared, explained, { evidence, seconds }, gate.context)
        : undefined,
    );
    const plan = recovered && 'plan' in recovered ? recovered.plan : undefined;
    const recoveredFiles =
      plan === undefined ? [] : await writeFiles(prepared, plan.candidate, gate, RECOVERED);
    return { ...explained, recovered, files, recoveredFiles };
  });
}

/** Writes the files of a candidate for its tools, and returns their paths. */
function writeFiles(
  prepared: Prepared,
  candidate: Candidate,
  { input, context }: Gate,
  folder?: typeof RECOVERED,
): Promise<string[]> {
  return booked(`${prepared.config.name}/${candidate.config.id}/files`, context, async () => {
    const files = chipFilesOf(prepared, candidate, folder);
    for (const file of files) await input.writeChipFile(file);
    return files.map(({ path }) => path);
  });
}

async function orProblem<T>(
  { config }: Candidate,
  { signal }: Context,
  work: () => Promise<T>,
): Promise<T | FailedTarget> {
  try {
    return await work();
  } catch (error) {
    return { config, problem: problemOf(error, signal) };
  }
}

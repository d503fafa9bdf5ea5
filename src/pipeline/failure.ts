import type { ModelConfig } from '../config/config.ts';
import type { TargetConfig } from '../config/target-id.ts';
import { failureLine } from '../errors.ts';
import { aboutModel } from '../words/about-model.ts';

/** A target that cannot be judged, and the line that says why. */
export interface FailedTarget {
  readonly config: TargetConfig;
  readonly problem: string;
}

/** Of a reason in report.json. */
const LONGEST = 2000;

/**
 * The line that says why something failed that takes nothing else with it.
 *
 * @throws whatever ends all of the run, when it was interrupted
 */
export function problemOf(error: unknown, signal: AbortSignal): string {
  signal.throwIfAborted();
  return failureLine(error).slice(0, LONGEST);
}

/**
 * Does something for each model; one that fails does not take the others.
 *
 * @returns a line for each that failed
 */
export async function forEachModel(
  models: readonly ModelConfig[],
  signal: AbortSignal,
  work: (model: ModelConfig) => Promise<void>,
): Promise<string[]> {
  const problems: string[] = [];
  for (const model of models) {
    try {
      await work(model);
    } catch (error) {
      problems.push(aboutModel(model.name, problemOf(error, signal)));
    }
  }
  return problems;
}

/** Why a job fails after the models with these problems, on one line; undefined where there are none. */
export function failureOfAll(problems: readonly string[]): string | undefined {
  return problems.length === 0 ? undefined : problems.join('; ');
}

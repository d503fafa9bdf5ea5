import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';

/** A half-open range of samples. */
export type Range = readonly [first: number, end: number];

/** A model with its data in a folder of its own, as a user has it. */
export interface Subject {
  readonly name: string;
  readonly folder: string;
  readonly calibration: Range;
  readonly evaluation: Range;
  /** Keys of its entry in quantgate.yml but for ranges, targets and what the benchmark sets itself. */
  readonly model: {
    readonly path: string;
    readonly preprocess?: object;
    readonly calibration: object;
    readonly evaluation: object;
    readonly budget: object;
    /** `always` if left out. */
    readonly attribute?: 'on-failure';
  };
}

export const lengthOf = ([first, end]: Range): number => end - first;

/** The first samples alone: one in `divisor`, at least 8 to calibrate and 20 to evaluate. */
export function shortened(subject: Subject, divisor: number): Subject {
  const first = ([from, end]: Range, least: number): Range => [
    from,
    from + Math.min(end - from, Math.max(least, Math.ceil((end - from) / divisor))),
  ];
  return {
    ...subject,
    calibration: first(subject.calibration, 8),
    evaluation: first(subject.evaluation, 20),
  };
}

/**
 * Writes the configuration of a subject. Nothing is recovered, and the layers of all targets are measured if it does not say
 * otherwise, so that runs do the same work whether a target passes or not.
 *
 * @returns its path
 */
export function writeConfig(subject: Subject, targets: readonly string[]): string {
  const { name, folder, model } = subject;
  const path = join(folder, 'quantgate.yml');
  const entry = {
    name,
    attribute: 'always',
    ...model,
    calibration: { ...model.calibration, range: subject.calibration },
    evaluation: { ...model.evaluation, range: subject.evaluation },
    targets,
    recover: { when: 'off' },
  };
  writeFileSync(path, stringify({ version: 1, provider: 'cpu', models: [entry] }));
  return path;
}

import { describe, expect, it } from 'vitest';
import { baseConfig, type Project } from '../support/project.ts';
import { type Beginning, type Gated, type Job, openWorld, type World } from './world.ts';

/** One gate of a pull request, told by what is there before and what must be afterwards. */
export interface Scenario {
  readonly begin?: () => Beginning;
  /** What else is there before the gate runs. */
  readonly with?: (world: World) => void;
  readonly job?: Job;
  /** Exit code; 0 if left out. */
  readonly code?: number;
  /** The output; pass if left out, none if undefined. */
  readonly verdict?: string | undefined;
  /** All annotations. */
  readonly says?: readonly unknown[];
  readonly check?: (result: Gated, world: World) => void | Promise<void>;
}

/** Runs each scenario in a GitHub of its own, which complains of calls that GitHub does not know. */
export function play(
  tables: Readonly<Record<string, Readonly<Record<string, Scenario>>>>,
  project: () => Project,
): void {
  describe.each(Object.entries(tables))('%s', (_, scenarios) => {
    it.each(Object.entries(scenarios))('%s', async (_, scenario) => {
      const world = await openWorld(project(), scenario.begin?.());
      scenario.with?.(world);
      const result = await world.gate(scenario.job);
      expect(result.code, result.log).toBe(scenario.code ?? 0);
      const verdict = 'verdict' in scenario ? scenario.verdict : 'pass';
      expect(result.outputs.verdict, result.log).toBe(verdict);
      if (scenario.says !== undefined) expect(result.said).toEqual(scenario.says);
      await scenario.check?.(result, world);
      // Nothing that the gate learns from a model gets into the environment of later steps.
      expect(result.exported).toEqual({});
      await world.github.close();
    });
  });
}

/** A budget that no 4-bit model keeps. */
export const strict = baseConfig
  .replace('[tensorrt, onnxruntime]', '[{ chip: snpe, weight-bits: 4, activation-bits: 4 }]')
  .replace('10pp', '0.1pp');
export const loose = strict.replace('0.1pp', '99pp');
export const tooLarge = 'error: the accuracy drop is above the budget: see the job summary';
export const match = (pattern: RegExp): unknown => expect.stringMatching(pattern);
/** All that is said of the strict budget. */
export const failing = [match(/^error: tiny, snpe-w4a4: .*above the budget/), tooLarge];

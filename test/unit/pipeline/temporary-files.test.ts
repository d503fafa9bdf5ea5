import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { calibrateModel, calibrationOf } from '../../../src/pipeline/calibrate.ts';
import { contestOf } from '../../../src/pipeline/contest-of.ts';
import { evaluateSideBySide } from '../../../src/pipeline/evaluate.ts';
import { evaluateShard } from '../../../src/pipeline/evaluate-shard.ts';
import { evaluationSha256 } from '../../../src/pipeline/find-baseline.ts';
import { prepare } from '../../../src/pipeline/prepare.ts';
import { readProbes } from '../../../src/pipeline/read-probes.ts';
import { random } from '../../support/models.ts';
import { npyOf } from '../../support/npy.ts';
import { CALIBRATING, type Evaluated, evaluated, SAMPLES } from '../../support/staged.ts';
import { zipOf } from '../../support/zip.ts';

/** Archives are unpacked into it. */
let temporary: string;
let stage: Evaluated;
beforeAll(async () => {
  const samples = zipOf({ name: 'x.npy', content: npyOf(random([SAMPLES, 8], 42)) });
  const inputs = 'x.npz';
  temporary = mkdtempSync(join(tmpdir(), 'quantgate-unpacked-'));
  const changes = { calibration: { inputs, range: [0, CALIBRATING] }, evaluation: { inputs } };
  stage = await evaluated(changes, undefined, { 'x.npz': samples });
  vi.stubEnv('TMPDIR', temporary);
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(temporary, { recursive: true });
});

const shard = { index: 1, count: 2 };

it.each<[string, (stage: Evaluated) => Promise<unknown>]>([
  ['preparing', ({ config, context }) => prepare(config, context)],
  ['calibrating', ({ prepared, context }) => calibrateModel(prepared, context)],
  ['merging calibrations', ({ prepared, calibration, context }) => calibrationOf(prepared, [calibration], context)],
  ['reading probes', ({ prepared, calibration, context }) => readProbes(prepared, calibration, SAMPLES, context)],
  ['evaluating', ({ prepared, candidate, context }) => evaluateSideBySide(prepared, contestOf(prepared, [candidate], undefined), context)],
  ['evaluating a shard', ({ prepared, calibration, context }) => evaluateShard(prepared, { calibration, baselines: undefined, shard }, context)],
  ['hashing samples', ({ prepared, context }) => evaluationSha256(prepared, context)],
])('%s leaves no samples behind', async (_, run) => {
  await run(stage);
  expect(readdirSync(temporary)).toEqual([]);
}); // biome-ignore format: a table

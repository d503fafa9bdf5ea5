import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import type { Calibration } from '../../src/calibration/calibration-record.ts';
import { type ModelConfig, resolveConfig } from '../../src/config/config.ts';
import { configSchema } from '../../src/config/config-schema.ts';
import type { ModelProto } from '../../src/onnx/gen/onnx_pb.ts';
import { makeNode } from '../../src/onnx/graph.ts';
import { serializeModel } from '../../src/onnx/model.ts';
import { type Attributed, tryToAttribute } from '../../src/pipeline/attribute.ts';
import { calibrateModel } from '../../src/pipeline/calibrate.ts';
import { contestOf } from '../../src/pipeline/contest-of.ts';
import { evaluateSideBySide, FP32 } from '../../src/pipeline/evaluate.ts';
import type { Evidence } from '../../src/pipeline/evidence.ts';
import { baselineOf } from '../../src/pipeline/find-baseline.ts';
import { type Candidate, candidateOf, judgeTarget, type TargetResult } from '../../src/pipeline/judge.ts';
import { type Context, type Prepared, prepare } from '../../src/pipeline/prepare.ts';
import { noTimes } from '../../src/pipeline/progress.ts';
import { readProbes } from '../../src/pipeline/read-probes.ts';
import { startRuntime } from '../../src/runtime/runtime.ts';
import { floats, makeModel, noise, random } from './models.ts';
import { npyOf } from './npy.ts';

/** What a config says of a model beside its defaults here, as people write it. */
export type Changes = Readonly<Record<string, unknown>>;

/** Samples of [1, 8] in x.npy: the first 40 calibrate, the others are evaluated. */
export const SAMPLES = 72;
export const CALIBRATING = 40;

/** Two matrix products with a Relu between them: x [N, 8] → h → r → y [N, 4]. */
export function products(constants = { w: random([8, 8], 1), v: random([8, 4], 2) }): ModelProto {
  return makeModel({
    nodes: [
      makeNode('MatMul', ['x', 'w'], ['h']),
      makeNode('Relu', ['h'], ['r']),
      makeNode('MatMul', ['r', 'v'], ['y']),
    ],
    inputs: [{ name: 'x', dims: ['N', 8] }],
    outputs: [{ name: 'y', dims: ['N', 4] }],
    constants,
  });
}

/** Two matrix products, both given out: x [N, 8] → z [N, 8] → 758 [N, 4], which an object puts first. */
export function twoOutputs(): ModelProto {
  return makeModel({
    nodes: [makeNode('MatMul', ['x', 'w'], ['z']), makeNode('MatMul', ['z', 'v'], ['758'])],
    inputs: [{ name: 'x', dims: ['N', 8] }],
    outputs: [
      { name: 'z', dims: ['N', 8] },
      { name: '758', dims: ['N', 4] },
    ],
    constants: { w: random([8, 8], 1), v: random([8, 4], 2) },
  });
}

/** `count` matrix products one behind the other, x → h1 → h2 …, each of which hardly changes what it reads. */
export function chain(count: number): ModelProto {
  const name = (i: number) => (i === 0 ? 'x' : `h${i}`);
  const nearIdentity = (seed: number) => noise(64, seed).map((w, i) => w / 100 + Number(i % 9 === 0));
  const layers = Array.from({ length: count }, (_, i) => i);
  return makeModel({
    nodes: layers.map((i) => makeNode('MatMul', [name(i), `w${i}`], [name(i + 1)])),
    inputs: [{ name: 'x', dims: ['N', 8] }],
    outputs: [{ name: name(count), dims: ['N', 8] }],
    constants: Object.fromEntries(layers.map((i) => [`w${i}`, floats([8, 8], nearIdentity(i + 1))])),
  });
}

/** A folder as a user has it, and what the stages of a run take: nothing in it is made up. */
export interface Staged {
  readonly folder: string;
  readonly config: ModelConfig;
  readonly context: Context;
  /** What was shown of each stage that began, in their order. */
  readonly shown: {
    readonly stage: string;
    readonly total: number | undefined;
    seen: number;
    over: boolean;
  }[];
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

export function configOf(changes: Changes = {}): ModelConfig {
  const model = {
    name: 'm',
    path: 'model.onnx',
    calibration: { inputs: 'x.npy', range: [0, CALIBRATING] },
    evaluation: { inputs: 'x.npy', range: [CALIBRATING, SAMPLES], metric: 'agreement' },
    targets: ['snpe'],
    budget: { 'max-drop': '50pp' },
    ...changes,
  };
  return resolveConfig(configSchema.parse({ version: 1, models: [model] })).models[0];
}

/** A model and its data on disk, with a context of the CPU. */
export async function staged(
  changes: Changes = {},
  model: ModelProto = products(),
  files: Readonly<Record<string, string | Uint8Array>> = {},
): Promise<Staged> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'quantgate-stage-')));
  folders.push(folder);
  const all = {
    'model.onnx': serializeModel(model),
    'x.npy': npyOf(random([SAMPLES, 8], 42)),
    ...files,
  };
  for (const [name, content] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  const shown: Staged['shown'] = [];
  const begin = (stage: string, total: number | undefined) => {
    const entry = { stage, total, seen: 0, over: false };
    shown.push(entry);
    return {
      advance: (samples: number) => {
        entry.seen += samples;
      },
      end: () => {
        entry.over = true;
      },
    };
  };
  const context: Context = {
    place: { folder, root: folder },
    runtime: await startRuntime('cpu'),
    progress: { begin },
    times: noTimes(),
    signal: new AbortController().signal,
    now: () => performance.now(),
  };
  return { folder, config: configOf(changes), context, shown };
}

/** `staged`, and prepared. */
export async function prepared(
  ...given: Parameters<typeof staged>
): Promise<Staged & { prepared: Prepared }> {
  const stage = await staged(...given);
  return { ...stage, prepared: await prepare(stage.config, stage.context) };
}

/** A model with its first target as it is before anything is judged. */
export interface Evaluated extends Staged {
  readonly prepared: Prepared;
  readonly calibration: Calibration;
  readonly candidate: Candidate;
  readonly evidence: Evidence;
}

export async function evaluated(...given: Parameters<typeof staged>): Promise<Evaluated> {
  const stage = await prepared(...given);
  const { prepared: ready, context } = stage;
  const calibration = await calibrateModel(ready, context);
  const candidate = candidateOf(ready, ready.targets[0], calibration);
  const { evaluations } = await evaluateSideBySide(ready, contestOf(ready, [candidate], undefined), context);
  const made = { commit: null, date: new Date(0), dataSha256: 'da'.repeat(32), provider: 'cpu' };
  const fp32 = baselineOf(ready, evaluations.get(FP32)!, made);
  const probes = await readProbes(ready, calibration, fp32.scores.length, context);
  const lookup = { state: 'no-baseline-yet' } as const;
  const evidence = { calibration, dataSha256: made.dataSha256, lookup, fp32, evaluations, probes };
  return { ...stage, calibration, candidate, evidence };
}

/** A target with its verdict and what explains it. */
export interface Judged extends Evaluated {
  readonly result: TargetResult;
  readonly attributed: Attributed;
}

export async function judged(...given: Parameters<typeof staged>): Promise<Judged> {
  const stage = await evaluated(...given);
  const { prepared: ready, candidate, evidence, context } = stage;
  const result = judgeTarget(ready, candidate, evidence);
  return { ...stage, result, attributed: await tryToAttribute(ready, candidate, evidence, context) };
}

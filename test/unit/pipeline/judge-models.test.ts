import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Baseline } from '../../../src/baseline/baseline.ts';
import { folderStore, saveBaseline } from '../../../src/baseline/store.ts';
import { loadConfig } from '../../../src/config/load-config.ts';
import type { ModelProto } from '../../../src/onnx/gen/onnx_pb.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { serializeModel } from '../../../src/onnx/model.ts';
import { judgeModels, recordBaselines } from '../../../src/pipeline/judge-models.ts';
import type { Context } from '../../../src/pipeline/prepare.ts';
import { noTimes } from '../../../src/pipeline/progress.ts';
import { type Runtime, startRuntime } from '../../../src/runtime/runtime.ts';
import { classifierParts, floats, makeModel, noise } from '../../support/models.ts';
import { baseConfig, makeProject, type Project } from '../../support/project.ts';

let project: Project;
let runtime: Runtime;
beforeAll(async () => {
  project = await makeProject();
  runtime = await startRuntime('cpu');
});
afterAll(() => project.remove());

function contextOf(given: Runtime): Context {
  return {
    place: { folder: project.folder, root: project.folder },
    runtime: given,
    progress: { begin: () => ({ advance: () => {}, end: () => {} }) },
    times: noTimes(),
    signal: new AbortController().signal,
    now: () => performance.now(),
  };
}

async function judged(config: string, given = runtime, baselineFolder?: string) {
  project.write('quantgate.yml', config);
  const report = await judgeModels(
    {
      config: await loadConfig(join(project.folder, 'quantgate.yml')),
      baselines: baselineFolder === undefined ? undefined : folderStore(baselineFolder),
      shards: new Map(),
      commit: null,
      date: new Date(0),
      writeChipFile: async () => {},
    },
    contextOf(given),
  );
  const [target] = report.models[0].targets;
  if (target.verdict === 'error') throw new Error(target.reasons.join('; '));
  return { target, warnings: report.warnings, seconds: report.times.seconds };
}

const one = baseConfig.replace('[tensorrt, onnxruntime]', '[tensorrt]');
const explained = one.replace('    budget:', '    attribute: always\n    budget:');

describe('samples that calibrate and are evaluated', () => {
  it('are counted in a warning', async () => {
    const { warnings } = await judged(one.replace('range: [0, 100]', 'range: [0, 130]'), runtime);
    expect(warnings).toEqual([
      'tiny: 30 of the 300 evaluation samples calibrate, too, and may look better than samples that do not: evaluate on others',
    ]);
    expect((await judged(one, runtime)).warnings).toEqual([]);
  });
});

it('counts all of its time, each second for one stage', async () => {
  const start = performance.now();
  const { seconds } = await judged(explained);
  const wall = (performance.now() - start) / 1000;
  const sum = Object.values(seconds).reduce((total, each) => total + each, 0);
  const stages = ['load', 'calibrate', 'quantize', 'evaluate', 'fp32', 'tensorrt', 'advise', 'judge'];
  const ofTarget = ['attribute', 'advise', 'files'].map((stage) => `tensorrt/${stage}`);
  expect(Object.keys(seconds).sort()).toEqual(
    [...stages, ...ofTarget].map((stage) => `tiny/${stage}`).sort(),
  );
  expect(sum).toBeLessThanOrEqual(wall + 0.01);
  expect(sum).toBeGreaterThan(0.9 * wall - 0.05);
});

describe('a model that cannot be taken apart', () => {
  /** Models whose units can be switched do not open. */
  const broken = (): Runtime => ({
    ...runtime,
    open: (model, options, provider) =>
      typeof model !== 'string' && Buffer.from(model).includes('quantgate/switch/')
        ? Promise.reject(new Error('no such kernel'))
        : runtime.open(model, options, provider),
  });

  it('is judged all the same, and the report says what is missing', async () => {
    const { target, warnings } = await judged(one, broken());
    expect(target.verdict).toBe('pass');
    expect(target.attribution).toBeUndefined();
    expect(warnings).toEqual(['tiny, tensorrt: the loss is not attributed to layers: no such kernel']);
  });

  it('does not pass a budget that needs the parts', async () => {
    const { target } = await judged(one.replace('10pp', '10pp, min-sqnr-db: 1'), broken());
    expect(target.verdict).toBe('fail');
    expect(target.reasons[0]).toBe('min-sqnr-db is 1, but the layers could not be measured: no such kernel');
  });
});

it('measures once what its targets quantize alike', async () => {
  const opened = async (targets: string) => {
    let switched = 0;
    const counting: Runtime = {
      ...runtime,
      open: (model, options, provider) => {
        if (typeof model !== 'string' && Buffer.from(model).includes('quantgate/switch/')) switched++;
        return runtime.open(model, options, provider);
      },
    };
    for (const config of [one, explained]) await judged(config.replace('[tensorrt]', targets), counting);
    return switched;
  };
  const [v73, v75] = ['v73', 'v75'].map((arch) => `{ chip: snpe, arch: ${arch} }`);
  expect(await opened(`[${v73}, ${v75}]`)).toBe(await opened(`[${v73}]`));
  expect(await opened(`[${v73}, tensorrt]`)).toBe(2 * (await opened(`[${v73}]`)));
});

describe('a target that does not pass', () => {
  const strict = (range: string) =>
    one.replace('[tensorrt]', `[{ chip: tensorrt, range: ${range} }]`).replace('10pp', '0pp');

  it('has the output noise of each method, its own as it was attributed', async () => {
    const [minMax, mse] = [(await judged(strict('min-max'))).target, (await judged(strict('mse'))).target];
    const noiseOf = ({ rangeMethods }: typeof mse, range: string) =>
      rangeMethods!.find((method) => method.range === range);
    for (const [used, other] of [
      ['min-max', mse],
      ['mse', minMax],
    ] as const) {
      const itself = used === 'mse' ? mse : minMax;
      const { fullNsr } = itself.attribution!;
      expect(noiseOf(itself, used)).toEqual({ range: used, outputNsr: fullNsr, isUsed: true });
      const { measured, ...noise } = noiseOf(other, used)!;
      expect(noise).toEqual({ range: used, outputNsr: fullNsr, isUsed: false });
      // What was tried on the evaluation samples is what a run with it gives.
      const { quantized, drop } = itself.metric;
      if (measured !== undefined) expect(measured).toEqual({ quantized, drop });
      // Half a decibel less is no more than chance.
      else expect(fullNsr).toBeGreaterThan(0.89 * other.attribution!.fullNsr);
    }
  });

  it('shows the addend of a Gemm among what the layer reads', async () => {
    const parts = classifierParts();
    const flat = makeNode('Flatten', ['image'], ['pixels']);
    const linear = makeNode('Gemm', ['pixels', 'w4'], ['added']);
    parts.nodes.at(-1)!.input[2] = 'added';
    const constants = { ...parts.constants, w4: floats([64, 4], noise(256, 9)) };
    const model = makeModel({ ...parts, nodes: [flat, linear, ...parts.nodes], constants });
    project.write('tiny.onnx', serializeModel(model));
    const { target } = await judged(strict('mse').replace('chip: tensorrt', 'chip: snpe'));
    const last = target.layers.find(({ name }) => name === 'scores/Gemm')!;
    const reads = last.tensors.filter(({ kind }) => kind === 'input-activation').map(({ name }) => name);
    expect(reads).toEqual(['flat', 'added']);
  });
});

describe('a model of hundreds of units', () => {
  const LAYERS = 200;
  const CLASSES = 4;

  /** The classifier with products behind it, which hardly change its classes. */
  function deep(): ModelProto {
    const parts = classifierParts();
    parts.nodes.at(-1)!.output = ['product0'];
    const layers = Array.from({ length: LAYERS }, (_, i) => i);
    const product = (i: number) => (i === LAYERS ? parts.outputs[0].name : `product${i}`);
    const products = layers.map((i) => makeNode('MatMul', [product(i), `m${i}`], [product(i + 1)]));
    const nearIdentity = (i: number) =>
      noise(CLASSES ** 2, i + 1).map((x, at) => x / 100 + Number(at % (CLASSES + 1) === 0));
    const constants = layers.map((i) => [`m${i}`, floats([CLASSES, CLASSES], nearIdentity(i))]);
    return makeModel({
      ...parts,
      nodes: [...parts.nodes, ...products],
      constants: { ...parts.constants, ...Object.fromEntries(constants) },
    });
  }

  it('ranks the twenty likeliest by the gains of its baseline, and keeps the local error of all', async () => {
    const [quick, always] = [one, explained].map((config) =>
      config.replace('[tensorrt]', '[{ chip: tensorrt, range: min-max }]'),
    );
    project.write('tiny.onnx', serializeModel(deep()));
    project.write('quantgate.yml', quick!);
    const config = await loadConfig(join(project.folder, 'quantgate.yml'));
    const kept: Baseline[] = [];
    const input = { config, commit: null, date: new Date(0) };
    await recordBaselines(input, contextOf(runtime), async (each) => void kept.push(each.baseline));
    const [baseline] = kept;
    expect(Object.keys(baseline.noiseGains ?? {}).length).toBeGreaterThanOrEqual(LAYERS);
    const folder = join(project.folder, 'baseline');
    await saveBaseline(folder, baseline);

    expect((await judged(quick!, runtime, folder)).target.attribution, 'it passes').toBeUndefined();
    const { target } = await judged(always!, runtime, folder);
    const ranked = target.layers.filter(({ rank }) => rank !== undefined);
    expect(ranked).toHaveLength(20);
    const withError = target.layers.filter(({ sqnrDb }) => sqnrDb !== undefined);
    expect(withError.length).toBeGreaterThanOrEqual(LAYERS);
  }, 300_000);
});

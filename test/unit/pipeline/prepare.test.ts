import { describe, expect, it } from 'vitest';
import type { ModelProto } from '../../../src/onnx/gen/onnx_pb.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { serializeModel } from '../../../src/onnx/model.ts';
import { calibrateModel } from '../../../src/pipeline/calibrate.ts';
import { candidateOf } from '../../../src/pipeline/judge.ts';
import { inBatches, openSamples } from '../../../src/pipeline/open-samples.ts';
import { prepare } from '../../../src/pipeline/prepare.ts';
import { floats, makeModel, noise, random } from '../../support/models.ts';
import { npyOf } from '../../support/npy.ts';
import { type Changes, prepared, products, staged, twoOutputs } from '../../support/staged.ts';

/** Expects that preparing a config ends in this error. */
async function refused(changes: Changes, message: string, model?: ModelProto) {
  const { config, context } = await staged(changes, model);
  await expect(prepare(config, context)).rejects.toThrow(message);
}

/** Expects that one target alone cannot be judged, for this reason. */
async function refusedTarget(changes: Changes, id: string, problem: string, model?: ModelProto) {
  const { targets, unplanned } = (await prepared(changes, model)).prepared;
  expect(unplanned.map(({ config, problem }) => [config.id, problem])).toEqual([[id, problem]]);
  expect(targets).toHaveLength((changes.targets as unknown[]).length - 1);
}

/** x [N, 8] → y [N, 4], of which x and the weight have their grids in the file. */
function quantizedProduct(): ModelProto {
  const weight = Int8Array.from(noise(32, 2), (v) => Math.round(100 * v));
  return makeModel({
    nodes: [
      makeNode('QuantizeLinear', ['x', 's', 'z'], ['xq']),
      makeNode('DequantizeLinear', ['xq', 's', 'z'], ['xr']),
      makeNode('DequantizeLinear', ['w', 's'], ['wr']),
      makeNode('MatMul', ['xr', 'wr'], ['y']),
    ],
    inputs: [{ name: 'x', dims: ['N', 8] }],
    outputs: [{ name: 'y', dims: ['N', 4] }],
    constants: {
      w: { type: 'int8', dims: [8, 4], data: weight },
      s: floats([], [1 / 32]),
      z: { type: 'uint8', dims: [], data: Uint8Array.of(128) },
    },
  });
}

describe('a prepared model', () => {
  it('has its targets in the order of the config, each with its own plan', async () => {
    const targets = ['tensorrt', { chip: 'snpe', 'weight-bits': 4, 'activation-bits': 16, range: 'kl' }];
    const { targets: planned } = (await prepared({ targets })).prepared;
    expect(planned.map(({ config }) => config.id)).toEqual(['tensorrt', 'snpe-w4a16-kl']);
    expect(planned.map(({ plan }) => [...plan.activations.keys()])).toEqual([
      ['x', 'r'],
      ['x', 'r', 'y'],
    ]);
    expect(planned[1].scheme).toMatchObject({
      granularity: 'per-tensor',
      weightBits: 4,
      activationBits: 16,
      range: 'kl',
    });
    expect(planned[1].scheme.target.chip).toBe('snpe');
  });

  it('observes what some target quantizes, once and in the order of the graph', async () => {
    const both = await prepared({ targets: ['tensorrt', 'snpe'] });
    expect(both.prepared.observed).toEqual(['x', 'r', 'y']);
    expect((await prepared({ targets: ['tensorrt'] })).prepared.observed).toEqual(['x', 'r']);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('has no weight that holds %s', async (value) => {
    const v = random([8, 4], 2);
    v.data[5] = value;
    const message =
      'model.onnx: weight "v" of layer "y/MatMul" holds NaN or an infinity: the training diverged';
    const { prepared: ready } = await prepared({}, products({ w: random([8, 8], 1), v }));
    expect(new Set(ready.unplanned.map(({ problem }) => problem))).toEqual(new Set([message]));
    expect(ready.targets).toEqual([]);
  });

  it('loses against itself, or against the reference that the config names', async () => {
    const other = serializeModel(products({ w: random([8, 8], 5), v: random([8, 4], 6) }));
    const alone = (await prepared()).prepared;
    expect(alone.fp32).toBe(alone.model);
    const { fp32, model } = (await prepared({ reference: 'fp32.onnx' }, undefined, { 'fp32.onnx': other }))
      .prepared;
    expect(fp32.where).toBe('fp32.onnx');
    expect(fp32.sha256).not.toBe(model.sha256);
  });

  it('has a reference of the same inputs and outputs', async () => {
    const other = makeModel({
      nodes: [makeNode('MatMul', ['z', 'w'], ['y'])],
      inputs: [{ name: 'z', dims: ['N', 8] }],
      outputs: [{ name: 'y', dims: ['N', 4] }],
      constants: { w: random([8, 4], 1) },
    });
    const given = staged({ reference: 'fp32.onnx' }, undefined, { 'fp32.onnx': serializeModel(other) });
    const { config, context } = await given;
    await expect(prepare(config, context)).rejects.toThrow(
      'fp32.onnx takes float32 "z" and gives float32 "y", model.onnx takes float32 "x" and gives float32 "y": name the FP32 model of the same inputs and outputs',
    );
  });

  it('has a metric that reads its first output, unless the config names one', async () => {
    const two = twoOutputs();
    // In an object, "758" comes first.
    const outputs = { 758: floats([1, 4], [0, 0, 0, 1]), z: floats([1, 8], [0, 1, 0, 0, 0, 0, 0, 0]) };
    const kept = async (metric: unknown) => {
      const stage = await prepared({ evaluation: { inputs: 'x.npy', metric } }, two);
      return stage.prepared.metric.keep!(outputs);
    };
    expect(await kept('agreement')).toBe(1);
    expect(await kept({ name: 'agreement', output: '758' })).toBe(3);
    const reading = `export default { name: 'mine', unit: 'fraction', higherIsBetter: true,
      score: (outputs) => Object.keys(outputs).length };`;
    const mine = await prepared({ evaluation: { inputs: 'x.npy', metric: './mine.mjs' } }, two, {
      'mine.mjs': reading,
    });
    expect(mine.prepared.metric.score(outputs, undefined, undefined)).toBe(2);
  });

  it('knows its budget and the size of its batches', async () => {
    const { prepared: ready } = await prepared({ budget: { 'max-drop': '2pp' } });
    expect(ready.maxDrop).toEqual({ kind: 'points', value: 0.02 });
    expect(ready.batchSize).toBe(16);
  });
});

describe('a config that contradicts its model', () => {
  it('names a pin of what no target quantizes, with examples', async () => {
    await refused(
      { ranges: { h: { alpha: 0, beta: 1 } } },
      'm: ranges: "h" is no activation that a target quantizes: use names such as "x", "r", "y"',
    );
    await prepared({ ranges: { y: { alpha: 0, beta: 1 } } });
  });

  it('pins on a target what that one quantizes, in place of what its model pins', async () => {
    const ranges = { y: { alpha: 0, beta: 1 } };
    await refusedTarget(
      { targets: ['snpe', { chip: 'tensorrt', ranges }] },
      'tensorrt',
      'ranges: "y" is no activation that tensorrt quantizes: use names such as "x", "r"',
    );
    const own = { x: { alpha: -3, beta: 3 } };
    const targets = ['snpe', { chip: 'onnxruntime', ranges: own }];
    const stage = await prepared({ targets, ranges: { x: { alpha: -1, beta: 1 } } });
    const calibration = await calibrateModel(stage.prepared, stage.context);
    const betas = stage.prepared.targets.map(
      (target) =>
        candidateOf(stage.prepared, target, calibration).quantized.parameters.activations.get('x')!.beta,
    );
    expect(betas[0]).toBeCloseTo(1, 1);
    expect(betas[1]).toBeCloseTo(3, 1);
  });

  it('pins nothing of a model that is quantized already', async () => {
    const pin = { ranges: { x: { alpha: 0, beta: 1 } } };
    const message =
      'm: ranges: model.onnx is quantized already, and its own grids are judged: quantize it again with these ranges';
    await refused(pin, message, quantizedProduct());
    await prepared({}, quantizedProduct());
  });

  it('repairs nothing of a model that is quantized already, and gives no layer of it other bits', async () => {
    const layers = { 'y/MatMul': { 'activation-bits': 16 } };
    await refusedTarget(
      { targets: ['tensorrt', { chip: 'snpe', layers }] },
      'snpe',
      'layers: model.onnx is quantized already, and its own grids are judged: quantize it again with these bits',
      quantizedProduct(),
    );
    await refusedTarget(
      { targets: ['tensorrt', { chip: 'snpe', recipe: ['round'] }] },
      'snpe',
      'recipe: model.onnx is quantized already, and its own grids are judged: quantize it again with this recipe',
      quantizedProduct(),
    );
  });

  it.each<[layer: string, asked: object, why: string]>([
    ['y/MatMull', { 'weight-bits': 4 }, 'is no layer that tensorrt quantizes: did you mean "y/MatMul"?'],
    [
      'conv',
      { float: true },
      'is no layer that tensorrt quantizes: use names such as "h/MatMul", "y/MatMul"',
    ],
  ])('gives "%s" a precision, which is no layer of the target', async (layer, asked, why) => {
    await refusedTarget(
      { targets: ['snpe', { chip: 'tensorrt', layers: { [layer]: asked } }] },
      'tensorrt',
      `layers: "${layer}" ${why}`,
    );
  });

  it.each<[layer: string, asked: object, why: string]>([
    ['r/Relu', { 'weight-bits': 4 }, 'has no weight that rknn quantizes: give it activation-bits'],
    ['output y', { float: true }, 'is no operator: keep the one before it in floating point'],
  ])('asks of "%s" what it does not have', async (layer, asked, why) => {
    const beside = makeModel({
      nodes: [
        makeNode('MatMul', ['x', 'w'], ['h']),
        makeNode('Relu', ['h'], ['r']),
        makeNode('Add', ['h', 'r'], ['s']),
        makeNode('MatMul', ['s', 'v'], ['y']),
      ],
      inputs: [{ name: 'x', dims: ['N', 8] }],
      outputs: [{ name: 'y', dims: ['N', 4] }],
      constants: { w: random([8, 8], 1), v: random([8, 4], 2) },
    });
    await refusedTarget(
      { targets: ['snpe', { chip: 'rknn', layers: { [layer]: asked } }] },
      'rknn',
      `layers: "${layer}" ${why}`,
      beside,
    );
    const given = layer === 'r/Relu' ? { float: true } : { 'activation-bits': 16 };
    await prepared({ targets: [{ chip: 'rknn', layers: { [layer]: given } }] }, beside);
  });

  it('keeps all of its layers in floating point', async () => {
    const layers = { 'h/MatMul': { float: true }, 'y/MatMul': { float: true } };
    const { prepared: ready } = await prepared({ targets: ['snpe', { chip: 'tensorrt', layers }] });
    expect(ready.unplanned.map(({ problem }) => problem)).toEqual([
      'model.onnx: tensorrt has nothing to quantize: its layers keep all of the model in floating point: leave some out',
    ]);
  });

  it('checks the pins of the model beside a target of its own error, by all that targets quantize', async () => {
    const pin = { alpha: 0, beta: 1 };
    // snpe alone quantizes y.
    const targets = ['tensorrt', { chip: 'snpe', ranges: { nowhere: pin } }];
    await refused(
      { targets, ranges: { h: pin } },
      'm: ranges: "h" is no activation that a target quantizes: use names such as "x", "r", "y"',
    );
    await refusedTarget(
      { targets, ranges: { y: pin } },
      'snpe',
      'ranges: "nowhere" is no activation that snpe quantizes: use names such as "x", "r", "y"',
    );
  });

  it('names an exception of a budget that is of no tensor or layer', async () => {
    const except = (key: string, name: string) => ({
      budget: { 'max-drop': '1pp', [key]: { value: 1, except: [name] } },
    });
    await refused(except('max-bits-lost', 'nowhere'), 'nowhere');
    await refused(except('min-sqnr-db', 'nowhere'), 'nowhere');
    for (const name of ['x', 'w']) await prepared(except('max-bits-lost', name));
    await prepared(except('min-sqnr-db', 'h/MatMul'));
  });

  it('gives exceptions by the names of the user', async () => {
    // The optimizer folds the normalization into a weight of another name.
    const ones = floats([4], [1, 1, 1, 1]);
    const folded = makeModel({
      nodes: [
        makeNode('Reshape', ['x', 'shape'], ['p']),
        makeNode('Conv', ['p', 'layer.weight'], ['c'], { kernel_shape: [1, 1] }),
        makeNode('BatchNormalization', ['c', 'gain', 'shift', 'mean', 'variance'], ['y']),
      ],
      inputs: [{ name: 'x', dims: ['N', 8] }],
      outputs: [{ name: 'y', dims: ['N', 4, 1, 1] }],
      constants: {
        shape: { type: 'int64', dims: [4], data: BigInt64Array.of(-1n, 8n, 1n, 1n) },
        'layer.weight': random([4, 8, 1, 1], 1),
        ...{ gain: floats([4], [1, 2, 3, 4]), shift: ones, mean: ones, variance: ones },
      },
    });
    const budget = { 'max-drop': '1pp', 'max-bits-lost': { value: 1, except: ['layer.weight'] } };
    const { prepared: ready } = await prepared({ budget }, folded);
    expect([...ready.model.view.initializers.keys()]).toContain('layer.weight');
  });

  it('quantizes nothing keeps what cannot be planned, with the reason', async () => {
    const none = makeModel({
      nodes: [makeNode('Relu', ['x'], ['y'])],
      inputs: [{ name: 'x', dims: ['N', 8] }],
      outputs: [{ name: 'y', dims: ['N', 8] }],
    });
    const { targets, unplanned } = (await prepared({}, none)).prepared;
    expect(targets).toEqual([]);
    expect(unplanned.map(({ config, problem }) => [config.id, problem])).toEqual([
      [
        'snpe',
        'model.onnx: snpe has nothing to quantize: the model has no float32 Conv, ConvTranspose, Gemm or MatMul',
      ],
    ]);
  });

  it('has a budget that its metric does not allow', async () => {
    await refused({ evaluation: { inputs: 'x.npy', metric: 'cosine' } }, 'max-drop in pp');
  });

  it('has no calibration samples', async () => {
    const { config, context } = await staged({ calibration: { inputs: 'x.mjs' } }, undefined, {
      'x.mjs': 'export default async function* () {}',
    });
    await expect(prepare(config, context)).rejects.toThrow(
      'm: the calibration data hold no samples: give some',
    );
  });
});

describe('samples', () => {
  it('are those of the range of the config, or of another', async () => {
    const { prepared: ready, context } = await prepared();
    const lengthOf = async (...range: [] | [readonly [number, number]]) => {
      const dataset = await openSamples(ready.config.calibration, ready, context.place, ...range);
      await dataset.close();
      return dataset.length;
    };
    expect(await lengthOf()).toBe(40);
    expect(await lengthOf([3, 8])).toBe(5);
  });

  it('are read by input, with labels and preprocessing, in the batches of the model', async () => {
    const labels = { type: 'int64' as const, dims: [3], data: BigInt64Array.of(2n, 0n, 3n) };
    const { prepared: ready, context } = await prepared({ preprocess: { scale: 2, mean: [1] } }, undefined, {
      'few.npy': npyOf(
        floats(
          [3, 8],
          Float32Array.from({ length: 24 }, (_, i) => i),
        ),
      ),
      'labels.npy': npyOf(labels),
    });
    const named = { inputs: new Map([['x', 'few.npy']]), labels: 'labels.npy' };
    const dataset = await openSamples(named, ready, context.place);
    const batches = [];
    for await (const batch of inBatches(dataset, { ...ready, batchSize: 2 }, context.signal))
      batches.push(batch);
    await dataset.close();
    expect(batches.map(({ indices }) => indices)).toEqual([[0, 1], [2]]);
    expect(batches.flatMap((batch) => batch.labels)).toEqual([2, 0, 3]);
    expect([...batches[1].inputs.x.data]).toEqual([31, 33, 35, 37, 39, 41, 43, 45]);
  });
});

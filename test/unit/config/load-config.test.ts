import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig, parseConfig } from '../../../src/config/load-config.ts';
import { UserError } from '../../../src/errors.ts';
import { sampleConfig, smallConfig } from '../../support/sample-configs.ts';

const parse = (text: string) => parseConfig(text, 'q.yml');

function problemsOf(text: string): string {
  try {
    parse(text);
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as Error).message;
  }
  return '';
}

describe('parseConfig', () => {
  it('reads every key', () => {
    const config = parse(sampleConfig);
    expect(config).toMatchObject({
      provider: 'cpu',
      baseline: 'baselines/main',
      comment: 'on-failure',
      authorMayAccept: true,
      limits: { minutes: 90, idleMinutes: 5, memory: 4e9 },
    });
    expect(parse(sampleConfig.replace('baselines/main', '{ release: v1.0 }')).baseline).toEqual({
      release: 'v1.0',
    });
    const pinned = new Map([['conv1/relu', { alpha: 0, beta: 5.2 }]]);
    expect(config.models[0]).toEqual({
      name: 'signs',
      path: 'models/signs.onnx',
      recover: { when: 'on-failure', minutes: 10 },
      attribute: 'on-failure',
      preprocess: { scale: 0.5, mean: [1, 2, 3], std: [4, 5, 6], bgr: true },
      calibration: { inputs: 'data/inputs.npy', range: [0, 500] },
      evaluation: {
        inputs: new Map([
          ['image', 'data/inputs.npy'],
          ['mask', 'data/mask.npy'],
        ]),
        range: [500, 2500],
        labels: 'data/labels.npy',
        metric: { name: 'top5', output: 'logits' },
      },
      targets: [
        {
          id: 'tensorrt',
          chip: 'tensorrt',
          weights: 'per-channel',
          weightBits: 8,
          activationBits: 8,
          range: 'kl',
          float: 'fp16',
          ranges: pinned,
          recipe: [],
          layers: new Map(),
        },
        {
          id: 'snpe',
          chip: 'snpe',
          arch: 'v85',
          weights: 'per-tensor',
          weightBits: 8,
          activationBits: 8,
          range: 'kl',
          float: 'fp32',
          ranges: pinned,
          recipe: [],
          layers: new Map(),
        },
        {
          id: 'snpe-w4a16-per-channel-native',
          chip: 'snpe',
          arch: 'v85',
          weights: 'per-channel',
          weightBits: 4,
          activationBits: 16,
          range: 'native',
          float: 'fp32',
          ranges: new Map([...pinned, ['pooled', { alpha: 0, beta: 1 }]]),
          recipe: ['equalize', 'correct-bias', 'round'],
          layers: new Map([['block1/conv', { activationBits: 12, weightBits: 8 }]]),
        },
        {
          id: 'cambricon',
          chip: 'cambricon',
          weights: 'per-tensor',
          weightBits: 8,
          activationBits: 8,
          range: 'kl',
          float: 'fp16',
          ranges: pinned,
          recipe: [],
          layers: new Map([['head', { float: true }]]),
        },
      ],
      ranges: pinned,
      budget: {
        maxDrop: '1.0pp',
        maxBitsLost: { value: 1.5, except: [] },
        minEffectiveBits: { value: 3, except: [] },
        minSqnrDb: { value: 12, except: ['head'] },
        confidence: 0.99,
        onInconclusive: 'fail',
      },
    });
  });

  it('fills in what is left open', () => {
    const config = parse(smallConfig);
    expect(config.provider).toBe('cpu');
    expect(config.models[0]).toMatchObject({
      preprocess: { scale: 1, mean: [0], std: [1], bgr: false },
      targets: [{ id: 'cambricon', weights: 'per-tensor', weightBits: 8, activationBits: 8, range: 'mse' }],
      budget: { maxDrop: 0.5, confidence: 0.95, onInconclusive: 'warn' },
    });
    expect(config.models[0].ranges.size).toBe(0);
  });

  it('takes any of the budgets on accuracy, and not none of them', () => {
    const budgetOf = (budget: string) =>
      parse(smallConfig.replace('{ max-drop: 0.5 }', budget)).models[0].budget;
    expect(budgetOf('{ min-accuracy: 90% }')).toMatchObject({ minAccuracy: '90%' });
    expect(budgetOf('{ min-accuracy: 90% }')).not.toHaveProperty('maxRegression');
    expect(budgetOf('{ max-regression: 1pp }')).toMatchObject({ maxRegression: '1pp' });
    expect(budgetOf('{ max-drop: 2, max-regression: 1 }')).toMatchObject({ maxDrop: 2, maxRegression: 1 });
    expect(() => budgetOf('{ max-bits-lost: 1 }')).toThrow(
      'models[0].budget: needs one of max-drop, max-regression, min-accuracy',
    );
  });

  it.each([
    ['agreement without labels', 'inputs: inputs.npy', { name: 'agreement' }],
    ['top1 with labels', 'inputs: inputs.npy, labels: l.npy', { name: 'top1' }],
    ['the named one', 'inputs: inputs.npy, metric: kl', { name: 'kl' }],
    ['a module', 'inputs: inputs.npy, metric: ./map.mjs', { module: './map.mjs' }],
    [
      'a module on an output',
      'inputs: i.npy, metric: { module: ./m.js, output: y }',
      { module: './m.js', output: 'y' },
    ],
    [
      'one with options beside its name',
      'inputs: i.npy, labels: l.json, metric: { name: map, layout: yolov8, size: [640, 640], output: y }',
      { name: 'map', output: 'y', options: expect.objectContaining({ layout: 'yolov8', size: [640, 640] }) },
    ],
  ])('measures %s', (_, evaluation, metric) => {
    const text = smallConfig.replace('evaluation: { inputs: inputs.npy }', `evaluation: { ${evaluation} }`);
    expect(parse(text).models[0].evaluation.metric).toEqual(metric);
  });

  it.each([
    ['  path: small.onnx', '  path: /etc/passwd', 'q.yml:4:11: models[0].path: must be a path relative'],
    ['  path: small.onnx', '  path: a/../../b', 'q.yml:4:11: models[0].path: must be a path relative'],
    ['  path: small.onnx', '  path: "a\\\\b"', 'q.yml:4:11: models[0].path: must be a path relative'],
    ['  path: small.onnx', '  file: small.onnx', 'models[0].path: is missing'],
    ['name: small', 'name: ".."', 'q.yml:3:11: models[0].name: must be 1 to 64 letters'],
    [
      '[cambricon]',
      '[cambrican]',
      'q.yml:7:15: models[0].targets[0]: is no target: did you mean "cambricon"?',
    ],
    ['[cambricon]', '[xyz]', 'q.yml:7:15: models[0].targets[0]: must be one of tensorrt, snpe, cambricon'],
    [
      '[cambricon]',
      '[{ chip: jetsn }]',
      'q.yml:7:23: models[0].targets[0].chip: is no target: did you mean "jetson"?',
    ],
    [
      '[cambricon]',
      '[htp-v77]',
      'q.yml:7:15: models[0].targets[0]: "htp-v77" is no architecture that is known: use one of v66, v68, v69, v73, v75, v79, v81, v85',
    ],
    ['[cambricon]', '[{ chip: snpe, arch: v67 }]', 'targets[0].arch: must be one of v66, v68'],
    ['[cambricon]', '[{ chip: rknn, arch: v68 }]', 'targets[0].arch: is for snpe alone'],
    [
      '[cambricon]',
      '[{ chip: htp-v73, arch: v68 }]',
      'targets[0].arch: chip says v73: leave one of the two out',
    ],
    [
      '[cambricon]',
      '[{ chip: hexagon-v66, weights: per-channel }]',
      'targets[0].weights: v66 has one scale for a weight: leave it out, or name a newer arch',
    ],
    ['[cambricon]', '[snpe, Qualcomm]', 'models[0].targets[1]: is the same target as targets[0]'],
    ['[cambricon]', '[{ chip: npu }]', 'q.yml:7:23: models[0].targets[0].chip'],
    ['[cambricon]', '[]', 'q.yml:7:14: models[0].targets: is empty: fill it in'],
    ['[cambricon]', 'snpe', 'q.yml:7:14: models[0].targets: must be a list'],
    ['[cambricon]', '[{ chip: snpe, weight-bits: 8.5 }]', 'weight-bits: must be a whole number'],
    ['[cambricon]', '[{ chip: snpe, weight-bits: 17 }]', 'weight-bits: must be at most 16'],
    [
      '    calibration: { inputs: inputs.npy }',
      '    calibration:',
      'models[0].calibration: has no value: it must be a map',
    ],
    ['0.5', '0.5, on-inconclusive: no', 'budget.on-inconclusive: must be one of pass, warn, fail'],
    ['0.5', '0.5, confidence: high', 'budget.confidence: must be a number'],
    ['    budget', '    preprocess: { std: [0] }\n    budget', 'preprocess.std[0]: must be above 0'],
    ['    budget', '    preprocess: { bgr: 1 }\n    budget', 'preprocess.bgr: must be true or false'],
    ['path: small.onnx', `path: ${'x'.repeat(1025)}`, 'path: is longer than 1024 characters: shorten it'],
    [
      '[cambricon]',
      `[${Array(33).fill('snpe').join(', ')}]`,
      'models[0].targets: has more than 32 entries: leave some out',
    ],
    [
      '[cambricon]',
      '[snpe, { chip: snpe, weights: per-tensor }]',
      'targets[1]: is the same target as targets[0]',
    ],
    ['[cambricon]', '[{ chip: snpe, weight-bits: 3 }]', 'q.yml:7:42: models[0].targets[0].weight-bits'],
    ['0.5', '1 percent', 'q.yml:8:25: models[0].budget.max-drop: must be such as 1.0pp'],
    ['0.5', '-1pp', 'q.yml:8:25: models[0].budget.max-drop: must be such as 1.0pp'],
    ['0.5', '.nan', 'q.yml:8:25: models[0].budget.max-drop: must be such as 1.0pp'],
    ['0.5', '0.5, confidence: 0.5', 'q.yml:8:42: models[0].budget.confidence'],
    [
      '{ inputs: inputs.npy }',
      '{ inputs: i.npy, range: [5, 5] }',
      'the first sample must come before the end',
    ],
    [
      '    budget',
      '    ranges: { a: { alpha: 2, beta: 1 } }\n    budget',
      'models[0].ranges.a: alpha must be below beta',
    ],
    ['version: 1', 'version: 2', 'q.yml:1:10: version: must be 1'],
    [
      '[cambricon]',
      '[{ chip: cambricon, recipe: [equalise] }]',
      'q.yml:7:43: models[0].targets[0].recipe[0]: must be one of equalize, absorb-bias, smooth, correct-bias, round, gptq, adaround',
    ],
    ['[cambricon]', '[{ chip: cambricon, recipe: [] }]', 'models[0].targets[0].recipe: '],
    ...['equalize', '', '{ equalize: true }'].map((recipe) => [
      '[cambricon]',
      `[{ chip: cambricon, recipe: ${recipe} }]`,
      'models[0].targets[0].recipe: must be a list such as [equalize, correct-bias]',
    ]),
    ...['nonsense', 'true', '', '7'].map((recover) => [
      '    budget',
      `    recover: ${recover}\n    budget`,
      'models[0].recover: must be one of on-failure, always, off, or a map with when and minutes',
    ]),
    [
      '    budget',
      '    recover: { when: now }\n    budget',
      'models[0].recover.when: must be one of on-failure, always, off',
    ],
    ['[cambricon]', '[{ chip: snpe, recipe: [round, round] }]', 'targets[0].recipe: has a step twice'],
    [
      '[cambricon]',
      '[{ chip: snpe, layers: { a/b: {} } }]',
      'q.yml:7:44: models[0].targets[0].layers["a/b"]: needs one of activation-bits, weight-bits, float',
    ],
    [
      '[cambricon]',
      '[{ chip: cambricon, layers: { a: { float: true, weight-bits: 8 } } }]',
      'layers.a: a layer in floating point has no bits: leave out float or the bits',
    ],
    [
      '[cambricon]',
      '[{ chip: snpe, layers: { a: { bits: 8 } } }]',
      'layers.a: unknown key "bits": remove it',
    ],
    ['[cambricon]', '[{ chip: snpe, layers: { a: { weight-bits: 3 } } }]', 'layers.a.weight-bits: '],
    [
      '[cambricon]',
      '[{ chip: tensorrt, layers: { a: { activation-bits: 16 } } }]',
      'layers.a.activation-bits: NVIDIA Jetson / TensorRT has at most 8 bits: give no more, or float: true',
    ],
    [
      '[cambricon]',
      '[{ chip: openvino, layers: { a: { weight-bits: 9 } } }]',
      'layers.a.weight-bits: Intel OpenVINO has at most 8 bits: give no more, or float: true',
    ],
    [
      '[cambricon]',
      '[{ chip: snpe, float: fp16 }]',
      'float: must be fp32 or left out: this chip computes in float32 what is not integer',
    ],
    [
      '[cambricon]',
      '[{ chip: snpe, layers: { a: { float: true } } }]',
      'layers.a.float: Qualcomm Hexagon V85 / SNPE, QNN has no floating point for a layer between others: give it activation-bits up to 16 and weight-bits up to 16',
    ],
    [
      '[cambricon]',
      '[{ chip: onnxruntime, layers: { a: { float: true } } }]',
      'layers.a.float: ONNX Runtime int8 has no floating point for a layer between others',
    ],
  ])('says where and what: "%s" as "%s"', (before, after, message) => {
    expect(problemsOf(smallConfig.replace(before, after))).toContain(message);
  });

  it.each(['', '[]', 'model.onnx', '# nothing yet\n'])('says of %j that it is no config', (text) => {
    expect(problemsOf(text)).toMatch(
      /^q\.yml:1:1: is no quantgate\.yml: begin with "version: 1" and "models:"$/,
    );
  });

  it('names unknown keys and what may have been meant, one line for each problem', () => {
    const text = smallConfig.replace('max-drop: 0.5', 'maxdrop: 0.5, secret: 1');
    expect(problemsOf(text).split('\n')).toEqual([
      'q.yml:8:15: models[0].budget: unknown key "maxdrop": did you mean "max-drop"?',
      'q.yml:8:29: models[0].budget: unknown key "secret": remove it',
      'q.yml:8:13: models[0].budget: needs one of max-drop, max-regression, min-accuracy',
    ]);
  });

  it.each([
    ['recover: { when: off }', 'below models[]'],
    ['confidence: 0.9', 'below models[].budget'],
  ])('says where a key belongs that is known elsewhere: %s', (line, place) => {
    const text = smallConfig.replace('models:', `${line}\nmodels:`);
    expect(problemsOf(text)).toBe(`q.yml:2:1: unknown key "${line.split(':')[0]}": it belongs ${place}`);
  });

  it('says where a key belongs that is known elsewhere: at the top', () => {
    const text = smallConfig.replace('max-drop: 0.5', 'max-drop: 0.5, provider: cpu');
    expect(problemsOf(text)).toMatch(/unknown key "provider": it belongs at the top$/);
  });

  it('takes any precision that the chip of a target has, whatever else is in the target’s name', () => {
    const layersOf = (target: string) =>
      parse(smallConfig.replace('[cambricon]', `[${target}]`)).models[0].targets[0];
    for (const chip of ['tensorrt', 'cambricon', 'ncnn', 'ascend', 'openvino', 'rknn'])
      expect(layersOf(`{ chip: ${chip}, layers: { a: { float: true } } }`)).toMatchObject({ id: chip });
    for (const chip of ['snpe', 'cambricon', 'onnxruntime', 'rknn'])
      expect(
        layersOf(
          `{ chip: ${chip}, recipe: [gptq], layers: { a: { activation-bits: 16, weight-bits: 16 } } }`,
        ),
      ).toMatchObject({ id: chip });
    expect(
      layersOf('{ chip: snpe, layers: { a: { activation-bits: 16 } }, recipe: [round, equalize] }').recipe,
    ).toEqual(['round', 'equalize']);
  });

  it('counts the bits of layers among the widest grids', () => {
    const text = smallConfig
      .replace('[cambricon]', '[{ chip: cambricon, layers: { a: { activation-bits: 12 } } }]')
      .replace('max-drop: 0.5', 'max-drop: 0.5, min-effective-bits: 11');
    expect(parse(text).models[0].budget.minEffectiveBits).toEqual({ value: 11, except: [] });
    expect(problemsOf(text.replace('bits: 11', 'bits: 13'))).toContain('the widest grid has 12 bits');
  });

  it('refuses models that share a folder on any file system', () => {
    const second = smallConfig.slice(smallConfig.indexOf('  - name')).replace('small', 'SMALL');
    expect(problemsOf(smallConfig + second)).toBe(
      'q.yml:9:11: models[1].name: is also the name of models[0]',
    );
  });

  it('bounds the number of problems it prints', () => {
    const keys = Array.from({ length: 1000 }, (_, i) => `unknown${i}: 1\n`).join('');
    expect(problemsOf(smallConfig + keys).split('\n')).toHaveLength(21);
  });

  it('throws nothing but UserErrors when a valid config is damaged anywhere', () => {
    const piece = fc.oneof(
      fc.string({ maxLength: 8 }),
      fc.constantFrom('\n', '{', '[', ': ', '&a ', '*a', '.inf', '-1'),
    );
    const place = fc.nat(sampleConfig.length);
    fc.assert(
      fc.property(place, fc.nat(30), piece, (start, removed, inserted) => {
        const text = sampleConfig.slice(0, start) + inserted + sampleConfig.slice(start + removed);
        problemsOf(text);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('loadConfig', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'config-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('reads a file', async () => {
    const path = join(folder, 'quantgate.yml');
    await writeFile(path, smallConfig);
    expect((await loadConfig(path)).models[0].name).toBe('small');
  });

  it('refuses a file that is not there, a folder and a huge file', async () => {
    const huge = join(folder, 'huge.yml');
    await writeFile(huge, Buffer.alloc(1024 * 1024 + 1));
    for (const path of [join(folder, 'none.yml'), folder, huge]) {
      await expect(loadConfig(path)).rejects.toThrow(UserError);
    }
  });
});

import { describe, expect, it } from 'vitest';
import { toFloat16 } from '../../../src/numerics/float16.ts';
import type { ElementType, Tensor } from '../../../src/numerics/tensor.ts';
import type { ModelProto } from '../../../src/onnx/gen/onnx_pb.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { serializeModel } from '../../../src/onnx/model.ts';
import { readTensor } from '../../../src/onnx/tensors.ts';
import { type Chip, targets } from '../../../src/targets/index.ts';
import { floats, makeModel, noise, random } from '../../support/models.ts';
import { npyOf } from '../../support/npy.ts';
import { SAMPLES } from '../../support/staged.ts';
import { type Delivered, delivered, judgedCodes, madeCodes, saidOf } from './repaired-files.ts';

const positive = (count: number, seed: number) => noise(count, seed).map((v) => Math.abs(v) + 0.2);

/** Batch normalizations to be folded, one weight before two different ones, a depthwise Conv and products. */
function network(type: ElementType = 'float32'): ModelProto {
  const normalization = (name: string, seed: number): Record<string, Tensor> => ({
    [`${name}.scale`]: floats([4], positive(4, seed)),
    [`${name}.bias`]: random([4], seed + 1),
    [`${name}.mean`]: random([4], seed + 2),
    [`${name}.var`]: floats([4], positive(4, seed + 3)),
  });
  const normalized = (name: string, from: string, to: string) =>
    makeNode(
      'BatchNormalization',
      [from, ...['scale', 'bias', 'mean', 'var'].map((p) => `${name}.${p}`)],
      [to],
    );
  const constants: Record<string, Tensor> = {
    'conv1.weight': random([4, 2, 3, 3], 1),
    'conv1.bias': random([4], 2),
    'shared.weight': random([4, 4, 1, 1], 3),
    'depthwise.weight': random([4, 1, 3, 3], 4),
    'fc.weight': random([4, 4], 5),
    'fc.bias': random([4], 6),
    'last.weight': random([4, 4], 7),
    ...normalization('bn1', 10),
    ...normalization('bn2', 20),
    ...normalization('bn3', 30),
  };
  const typed = ({ dims, data }: Tensor): Tensor =>
    type === 'float16'
      ? { type, dims, data: toFloat16(data as Float32Array) }
      : { type: 'float32', dims, data: data as Float32Array };
  return makeModel({
    nodes: [
      makeNode('Conv', ['x', 'conv1.weight', 'conv1.bias'], ['c1'], { pads: [1, 1, 1, 1] }),
      normalized('bn1', 'c1', 'n1'),
      makeNode('Relu', ['n1'], ['r1']),
      makeNode('Conv', ['r1', 'shared.weight'], ['c2']),
      normalized('bn2', 'c2', 'n2'),
      makeNode('Conv', ['r1', 'shared.weight'], ['c3']),
      normalized('bn3', 'c3', 'n3'),
      makeNode('Add', ['n2', 'n3'], ['a']),
      makeNode('Relu', ['a'], ['r2']),
      makeNode('Conv', ['r2', 'depthwise.weight'], ['c4'], { group: 4 }),
      makeNode('GlobalAveragePool', ['c4'], ['p']),
      makeNode('Flatten', ['p'], ['f']),
      makeNode('Gemm', ['f', 'fc.weight', 'fc.bias'], ['g'], { transB: 1 }),
      makeNode('MatMul', ['g', 'last.weight'], ['y']),
    ],
    inputs: [{ name: 'x', dims: ['N', 2, 5, 5], type }],
    outputs: [{ name: 'y', dims: ['N', 4], type }],
    constants: Object.fromEntries(Object.entries(constants).map(([name, t]) => [name, typed(t)])),
    opset: 15,
  });
}
const files = { 'x.npy': npyOf(random([SAMPLES, 2, 5, 5], 42)) };
const LAYERS = 6;

const recipes = [['equalize', 'gptq', 'correct-bias'], ['round']] as const;
/** The file for RKNN has codes that its toolkit makes the judged ones of. */
const chips = (Object.keys(targets) as Chip[]).filter((chip) => chip !== 'rknn');
const granularities = ['per-tensor', 'per-channel'] as const;
const calibration = { inputs: 'x.npy', range: [0, 16] };
const deliver = (targets: readonly object[], model = network()) =>
  delivered({ calibration, targets }, model, files);

function expectSameCodes(one: Delivered): void {
  const { plan } = one.candidate.quantized;
  const layers = plan.layers.filter(({ weight }) => weight !== undefined);
  expect(layers.length).toBe(LAYERS);
  for (const layer of layers) {
    const judged = judgedCodes(one, layer);
    for (const [file, said] of saidOf(one, layer))
      expect([...madeCodes(one, layer, said)], `${file}: ${layer.name}`).toEqual([...judged]);
  }
}

function expectBiases({ candidate, model }: Delivered): void {
  const { plan, parameters } = candidate.quantized;
  for (const [name, values] of parameters.biases) {
    const { bias } = plan.layers.find((layer) => layer.name === name)!;
    const written = readTensor(model.view.initializers.get(bias!.name)!, 'model.onnx');
    expect([...written.data], `bias of ${name}`).toEqual([...values]);
  }
}

/** Every name of a parameter file is a tensor or a layer of the delivered model. */
function expectNames({ files: said, proto }: Delivered): void {
  const { node, initializer, input } = proto.graph!;
  const known = new Set([
    ...node.flatMap(({ name, output }) => [name, name.replace(/\.weight$/, ''), ...output]),
    ...initializer.flatMap(({ name }) => [name, name.replace(/\.weight$/, '')]),
    ...input.map(({ name }) => name),
  ]);
  for (const [file, tensors] of said)
    for (const { name } of tensors) expect(known.has(name), `${file}: ${name}`).toBe(true);
}

describe.each(recipes.map((recipe) => [recipe.join(), recipe] as const))(
  'a model repaired by %s',
  (_, recipe) => {
    it.each(chips)('is delivered for %s with the codes, biases and names that were judged', async (chip) => {
      const changes = granularities.flatMap((weights) => [
        { chip, weights, recipe },
        { chip, weights, recipe, 'weight-bits': 4 },
      ]);
      const all = await deliver(changes);
      expect(all.length).toBe(4);
      for (const one of all) {
        expectSameCodes(one);
        expectBiases(one);
        expectNames(one);
        const { weights, biases } = one.candidate.quantized.repairs;
        expect(weights.size, one.candidate.config.id).toBeGreaterThan(0);
        if (recipe[0] === 'equalize') expect(biases.size, one.candidate.config.id).toBeGreaterThan(0);
      }
      // A file of integers of 8 bits has every layer.
      for (const one of all.filter(({ candidate }) => candidate.config.weightBits === 8))
        for (const layer of one.candidate.quantized.plan.layers)
          expect(saidOf(one, layer).length, layer.name).toBeGreaterThan(0);
    });
  },
);

describe('a delivered model', () => {
  it('computes what was judged, less its activations', async () => {
    const [{ proto, candidate }] = await deliver([{ chip: 'tensorrt', recipe: ['gptq', 'correct-bias'] }]);
    const { plan, parameters } = candidate.quantized;
    const initializers = new Map(proto.graph!.initializer.map((t) => [t.name, t]));
    for (const layer of plan.layers) {
      const { data } = readTensor(initializers.get(layer.weight!.name)!, 'model.onnx');
      expect([...data]).toEqual([...parameters.weights.get(layer.name)!.data]);
    }
    expect(proto.graph!.node.map(({ opType }) => opType)).not.toContain('BatchNormalization');
    expect(proto.graph!.input.map(({ name }) => name)).toEqual(['x']);
    expect(proto.graph!.output.map(({ name }) => name)).toEqual(['y']);
  });

  it('has a weight of its own for each layer behind which another normalization was', async () => {
    const [{ candidate }] = await deliver([{ chip: 'tensorrt', recipe: ['round'] }]);
    const names = candidate.quantized.plan.layers.map(({ weight }) => weight!.name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => name.startsWith('shared.weight')).length).toBe(2);
  });

  it('of a model in float16 has the same codes, too', async () => {
    const some = [
      { chip: 'tensorrt', recipe: recipes[0] },
      { chip: 'snpe', 'weight-bits': 4, recipe: recipes[0] },
    ];
    const all = await deliver(some, network('float16'));
    for (const one of all) {
      expectSameCodes(one);
      expectBiases(one);
      expectNames(one);
      expect(one.candidate.quantized.repairs.weights.size).toBeGreaterThan(0);
    }
  });

  it('is the same every time', async () => {
    const target = { chip: 'snpe', 'weight-bits': 4, recipe: recipes[0] };
    const [[first], [second]] = [await deliver([target]), await deliver([target])];
    expect(Buffer.from(serializeModel(first.proto)).equals(Buffer.from(serializeModel(second.proto)))).toBe(
      true,
    );
    expect(second.files).toEqual(first.files);
  });
});

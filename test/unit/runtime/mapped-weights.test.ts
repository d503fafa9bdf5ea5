import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { switchModel } from '../../../src/attribution/impact/switch-model.ts';
import { emulatedModel } from '../../../src/emulation/emulated-model.ts';
import { onGridModel } from '../../../src/emulation/on-grid-model.ts';
import { qdqModel } from '../../../src/emulation/qdq-model.ts';
import type { Tensor } from '../../../src/numerics/tensor.ts';
import { AttributeProtoSchema, type ModelProto } from '../../../src/onnx/gen/onnx_pb.ts';
import { bodiesOf, makeNode } from '../../../src/onnx/graph.ts';
import { serializeModel } from '../../../src/onnx/model.ts';
import { readModel } from '../../../src/onnx/read-model.ts';
import { storedIn } from '../../../src/onnx/stored-values.ts';
import type { Quantized } from '../../../src/quantization/quantized.ts';
import { loadModel } from '../../../src/runtime/load-model.ts';
import { openModel } from '../../../src/runtime/open-model.ts';
import { type Runtime, type SessionOptions, startRuntime } from '../../../src/runtime/runtime.ts';
import { targets } from '../../../src/targets/index.ts';
import { floats, makeModel, random } from '../../support/models.ts';
import { quantizedBy } from '../../support/quantize.ts';
import { writeWithExternalData } from '../../support/stored-model.ts';

const SIZE = 192;
const halves: Tensor = {
  type: 'float16',
  dims: [SIZE, SIZE],
  data: Uint16Array.from({ length: SIZE * SIZE }, (_, i) => 0x2000 + ((i * 7) % 0x800) + 0x8000 * (i % 2)),
};
const ones = () => floats([SIZE], new Float32Array(SIZE).fill(1.5));

/** A weight as it is, one that is transposed, one of 16 bits, and one that a normalization goes into. */
function model(): ModelProto {
  return makeModel({
    nodes: [
      makeNode('MatMul', ['x', 'plain'], ['a']),
      makeNode('Relu', ['a'], ['b']),
      makeNode('Transpose', ['turned'], ['straight'], { perm: [1, 0] }),
      makeNode('MatMul', ['b', 'straight'], ['c']),
      makeNode('Cast', ['halves'], ['whole'], { to: 1 }),
      makeNode('Gemm', ['c', 'whole'], ['d']),
      makeNode('Relu', ['d'], ['e']),
      makeNode('Gemm', ['e', 'scaled', 'bias'], ['f']),
      makeNode('BatchNormalization', ['f', 'scale', 'shift', 'mean', 'variance'], ['y']),
    ],
    inputs: [{ name: 'x', dims: ['N', SIZE] }],
    outputs: [{ name: 'y', dims: ['N', SIZE] }],
    constants: {
      plain: random([SIZE, SIZE], 1),
      turned: random([SIZE, SIZE], 2),
      halves,
      scaled: random([SIZE, SIZE], 3),
      bias: random([SIZE], 4),
      scale: ones(),
      shift: ones(),
      mean: ones(),
      variance: ones(),
    },
  });
}

let runtime: Runtime;
let temporary = '';
const outer = process.env.TMPDIR;
beforeAll(async () => {
  runtime = await startRuntime('cpu');
  temporary = mkdtempSync(join(tmpdir(), 'quantgate-temporary-'));
  process.env.TMPDIR = temporary;
});
afterAll(() => {
  if (outer === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = outer;
  rmSync(temporary, { recursive: true, force: true });
});

/** The model as its file, with weights in it or beside it. */
const written = {
  'beside the model': (folder: string) => writeWithExternalData(folder, model()),
  'in the model': (folder: string) => {
    const file = join(folder, 'model of 100 % ü.onnx');
    writeFileSync(file, serializeModel(model()));
    return file;
  },
};

/** The model loaded with its weights in memory, or where they lie. */
async function loaded(mostInMemory: number, write: (folder: string) => string) {
  const folder = mkdtempSync(join(tmpdir(), 'quantgate-mapped-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return loadModel(await readModel(write(folder), 'model.onnx', folder, mostInMemory), 'model.onnx', runtime);
}

const both = async (write: (folder: string) => string) =>
  [await loaded(2 ** 30, write), await loaded(0, write)] as const;
const PINS = Object.fromEntries(
  ['x', 'a', 'b', 'c', 'd', 'e', 'y'].map((name) => [name, { alpha: -20, beta: 20 }]),
);

function quantized(model: Awaited<ReturnType<typeof loaded>>, chip: string): Quantized {
  const target = targets[chip as keyof typeof targets];
  const scheme = { target, granularity: target.weights.granularity, weightBits: 8, activationBits: 8 };
  return quantizedBy(model, scheme as never, new Map(), PINS);
}

/** The large constants of a model and of the bodies in it. */
function largeOnes({ initializer, node }: NonNullable<ModelProto['graph']>): typeof initializer {
  const own = initializer.filter(({ dims }) => dims.length === 2 && dims[0] === BigInt(SIZE));
  return [...own, ...node.flatMap(bodiesOf).flatMap(largeOnes)];
}

const liesInFile = (tensor: ReturnType<typeof largeOnes>[number]) =>
  storedIn(tensor, 'rawData') !== undefined;

async function outputs(of: ModelProto, optimize: SessionOptions['optimize'], more = {}) {
  const session = await openModel(of, { optimize }, runtime);
  try {
    return await session.run({ x: random([3, SIZE], 9), ...more });
  } finally {
    await session.close();
  }
}

describe.each(Object.entries(written))('weights that lie %s', (_, write) => {
  it('make the same model, which computes the same bits', async () => {
    const [inMemory, inFiles] = await both(write);
    expect(inFiles.sha256).toBe(inMemory.sha256);
    expect(largeOnes(inMemory.view.graph).some(liesInFile)).toBe(false);
    expect(largeOnes(inFiles.view.graph)).toHaveLength(4);
    expect(largeOnes(inFiles.view.graph).every(liesInFile)).toBe(true);
    expect(Buffer.from(serializeModel(inFiles.model)).equals(serializeModel(inMemory.model))).toBe(true);
    for (const optimize of ['none', 'float'] as const)
      expect(await outputs(inFiles.model, optimize)).toEqual(await outputs(inMemory.model, optimize));
  });

  it.each(Object.keys(targets))('are quantized to the same bits for %s, and stay in files', async (chip) => {
    const [inMemory, inFiles] = (await both(write)).map((each) => quantized(each, chip));
    for (const arithmetic of ['integer', 'float'] as const) {
      const [expected, emulated] = [inMemory, inFiles].map((each) => emulatedModel(each, arithmetic).model);
      expect(largeOnes(emulated.graph!).length).toBeGreaterThan(0);
      expect(largeOnes(emulated.graph!).every(liesInFile)).toBe(true);
      expect(Buffer.from(serializeModel(emulated)).equals(serializeModel(expected))).toBe(true);
    }
    const [expected, onGrid] = [inMemory, inFiles].map(onGridModel);
    expect(largeOnes(onGrid.graph!).every(liesInFile)).toBe(true);
    expect(Buffer.from(serializeModel(onGrid)).equals(serializeModel(expected))).toBe(true);
  });

  it('are mapped for what is emulated, for integer kernels and for branches', async () => {
    const [inMemory, inFiles] = (await both(write)).map((each) => quantized(each, 'onnxruntime'));
    const emulations = [inMemory, inFiles].map((each) => emulatedModel(each, 'integer').model);
    expect(await outputs(emulations[1], 'float')).toEqual(await outputs(emulations[0], 'float'));
    const kernels = [inMemory, inFiles].map((each) => qdqModel(each, targets.onnxruntime.qdq!));
    const [expected, found] = kernels.map((each) => ('model' in each ? each.model : expect.fail()));
    expect(Buffer.from(serializeModel(found)).equals(serializeModel(expected))).toBe(true);
    expect(await outputs(found, 'integer')).toEqual(await outputs(expected, 'integer'));
    const switched = [inMemory, inFiles].map((each) => switchModel(each));
    for (const isOn of [0, 1]) {
      const on: Tensor = { type: 'bool', dims: [], data: Uint8Array.of(isOn) };
      const [before, after] = switched.map(({ model: of, switches }) =>
        outputs(of, 'float', Object.fromEntries([...switches.values()].map((name) => [name, on]))),
      );
      expect(largeOnes(switched[1].model.graph!).every(liesInFile)).toBe(true);
      expect(await after).toEqual(await before);
    }
  });

  it('stay in files where a file has their integers', async () => {
    const written = qdqModel(quantized(await loaded(0, write), 'onnxruntime'), targets.onnxruntime.qdq!);
    const folder = mkdtempSync(join(tmpdir(), 'quantgate-integers-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'model.onnx');
    writeFileSync(file, serializeModel('model' in written ? written.model : expect.fail()));
    const [inMemory, inFiles] = await Promise.all(
      [2 ** 30, 0].map(async (most) =>
        loadModel(await readModel(file, 'model.onnx', folder, most), 'model.onnx', runtime),
      ),
    );
    expect(inFiles.file!.weights.size).toBeGreaterThan(0);
    const weights = largeOnes(inFiles.view.graph).filter(({ name }) => inFiles.file!.weights.has(name));
    expect(weights.length).toBeGreaterThan(0);
    expect(weights.every(liesInFile)).toBe(true);
    expect(Buffer.from(serializeModel(inFiles.model)).equals(serializeModel(inMemory.model))).toBe(true);
  });
});

it('weights that nodes of their own hold lie in files as well', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'quantgate-constant-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const given = model();
  const [plain, ...others] = given.graph!.initializer;
  const constant = makeNode('Constant', [], [plain.name]);
  constant.attribute.push(create(AttributeProtoSchema, { name: 'value', type: 4, t: plain }));
  given.graph!.initializer = others;
  given.graph!.node.unshift(constant);
  const file = join(folder, 'model.onnx');
  writeFileSync(file, serializeModel(given));
  const read = await readModel(file, 'model.onnx', folder, 0);
  const { view } = await loadModel(read, 'model.onnx', runtime);
  expect(largeOnes(view.graph)).toHaveLength(4);
  expect(largeOnes(view.graph).every(liesInFile)).toBe(true);
});

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import { arrayOf, type Tensor } from '../../../src/numerics/tensor.ts';
import {
  AttributeProtoSchema,
  FunctionProtoSchema,
  SparseTensorProtoSchema,
  TensorProtoSchema,
} from '../../../src/onnx/gen/onnx_pb.ts';
import { makeNode, shallow } from '../../../src/onnx/graph.ts';
import { asTensor, keptLike } from '../../../src/onnx/kept-weights.ts';
import { serializeModel } from '../../../src/onnx/model.ts';
import { readExternalNames, readModel } from '../../../src/onnx/read-model.ts';
import { storedIn } from '../../../src/onnx/stored-values.ts';
import { makeTensor, readTensor, storedBytes } from '../../../src/onnx/tensors.ts';
import { openModel } from '../../../src/runtime/open-model.ts';
import { startRuntime } from '../../../src/runtime/runtime.ts';
import { makeModel, random } from '../../support/models.ts';
import { writeWithExternalData } from '../../support/stored-model.ts';

const SIZE = 256;
const weight = random([SIZE, SIZE], 1);
let folder = '';
const outer = process.env.TMPDIR;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'quantgate-stored-'));
  process.env.TMPDIR = folder;
});
afterAll(() => {
  if (outer === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = outer;
  rmSync(folder, { recursive: true, force: true });
});

const product = () =>
  makeModel({
    nodes: [makeNode('MatMul', ['x', 'w'], ['h']), makeNode('Add', ['h', 'b'], ['y'])],
    inputs: [{ name: 'x', dims: ['N', SIZE] }],
    outputs: [{ name: 'y', dims: ['N', SIZE] }],
    constants: { w: weight, b: random([SIZE], 2) },
  });

async function read(mostInMemory: number) {
  const file = writeWithExternalData(folder, product());
  const { model } = await readModel(file, 'model.onnx', folder, mostInMemory);
  const [w, b] = model.graph!.initializer;
  return { model, w, b };
}

const WEIGHT_BYTES = 4 * SIZE * SIZE;
const CHANGED = 'model.onnx: external data weights.bin changed while it was in use: run again once nothing';

describe('external data', () => {
  it('are read into memory up to a limit, and stay where they lie beyond it', async () => {
    const all = WEIGHT_BYTES + 4 * SIZE;
    const [upTo, beyond] = [await read(all), await read(all - 1)];
    expect(storedIn(upTo.w, 'rawData')).toBeUndefined();
    expect(storedIn(beyond.w, 'rawData')).toMatchObject({ offset: 0, length: WEIGHT_BYTES });
    expect(readTensor(beyond.w, '')).toEqual(readTensor(upTo.w, ''));
  });

  it('are read where they are small: shapes are looked at again and again', async () => {
    const { b } = await read(0);
    expect(storedIn(b, 'rawData')).toBeUndefined();
    expect(readTensor(b, '').data).toEqual(random([SIZE], 2).data);
  });

  it('stay where they lie in a copy under another name, and leave one with values of its own', async () => {
    const { w } = await read(0);
    const renamed = shallow(w, { name: 'other' });
    expect([renamed.name, storedIn(renamed, 'rawData')]).toEqual(['other', storedIn(w, 'rawData')]);
    const changed = shallow(w, { rawData: new Uint8Array(4) });
    expect([storedIn(changed, 'rawData'), changed.rawData.length, storedBytes(changed)]).toEqual([
      undefined,
      4,
      4,
    ]);
    expect(storedBytes(w)).toBe(WEIGHT_BYTES);
  });

  it('are refused once they are not what was hashed, though they have the same size', async () => {
    const { model, w } = await read(0);
    const runtime = await startRuntime('cpu');
    const session = await openModel(model, { optimize: 'float' }, runtime);
    const data = join(folder, 'weights.bin');
    writeFileSync(data, new Uint8Array(WEIGHT_BYTES + 4 * SIZE));
    utimesSync(data, 1, 1);
    expect(() => readTensor(w, '')).toThrow(CHANGED);
    await expect(session.close()).rejects.toThrow(CHANGED);
    await expect(openModel(model, { optimize: 'float' }, runtime)).rejects.toThrow(CHANGED);
    rmSync(data);
    expect(() => readTensor(w, '')).toThrow(UserError);
  });
});

describe('values in the model itself', () => {
  const all = WEIGHT_BYTES + 4 * SIZE;
  async function readInline(mostInMemory: number) {
    const file = join(folder, 'inline.onnx');
    const bytes = serializeModel(product());
    writeFileSync(file, bytes);
    const { model } = await readModel(file, 'inline.onnx', folder, mostInMemory);
    const [w, b] = model.graph!.initializer;
    return { file, bytes, model, w, b };
  }

  it('are in memory up to a limit, and the large ones in a temporary file beyond it', async () => {
    const [upTo, beyond] = [await readInline(all), await readInline(all - 1)];
    expect(storedIn(upTo.w, 'rawData')).toBeUndefined();
    expect(storedIn(beyond.w, 'rawData')).toMatchObject({ length: WEIGHT_BYTES });
    expect(storedIn(beyond.b, 'rawData')).toBeUndefined();
    expect(readTensor(beyond.w, '')).toEqual(readTensor(upTo.w, ''));
    expect(Buffer.from(serializeModel(beyond.model)).equals(beyond.bytes)).toBe(true);
  });

  it.each([
    ['int8', 4],
    ['float16', 2],
    ['float32', 1],
    ['int64', 0.5],
  ] as const)('count as float32 where they are %s', async (type, times) => {
    const data = arrayOf(type);
    const w: Tensor = { type, dims: [SIZE, SIZE], data: new data(SIZE * SIZE) };
    const file = join(folder, 'typed.onnx');
    const port = (name: string) => ({ name, dims: [SIZE, SIZE], type });
    const model = makeModel({
      nodes: [makeNode('Identity', ['x'], ['y'])],
      inputs: [port('x')],
      outputs: [port('y')],
      constants: { w },
    });
    writeFileSync(file, serializeModel(model));
    const all = times * w.data.byteLength;
    for (const [most, isStored] of [
      [all, false],
      [all - 1, w.data.byteLength >= 2 ** 16],
    ] as const) {
      const [constant] = (await readModel(file, 'typed.onnx', folder, most)).model.graph!.initializer;
      expect(storedIn(constant, 'rawData') !== undefined, `${most}`).toBe(isStored);
    }
  });

  it('are let go of', () => {
    const file = join(folder, 'inline.onnx');
    writeFileSync(file, serializeModel(product()));
    const script = `
      import { readModel } from ${JSON.stringify(resolve('src/onnx/read-model.ts'))};
      const held = () => (gc(), process.memoryUsage().arrayBuffers);
      const before = held();
      const { model } = await readModel(${JSON.stringify(file)}, 'inline.onnx', ${JSON.stringify(folder)}, 0);
      console.log(held() - before, model.graph.initializer.length);`;
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ['--expose-gc', '--import', 'tsx', '--input-type=module', '-e', script],
      { encoding: 'utf8', env: { ...process.env, TMPDIR: folder } },
    );
    const [grown, tensors] = stdout.split(' ').map(Number);
    expect(tensors, stderr).toBe(2);
    expect(grown).toBeLessThan(WEIGHT_BYTES / 4);
  });

  it('are what was read, whatever becomes of the model', async () => {
    const { file, w } = await readInline(0);
    writeFileSync(file, '');
    expect(readTensor(w, '').data).toEqual(weight.data);
  });

  it('are in the file where external data have them: theirs are passed over', async () => {
    const model = product();
    const outside = writeWithExternalData(folder, model);
    model.graph!.initializer[0].rawData = new Uint8Array(WEIGHT_BYTES);
    writeFileSync(outside, serializeModel(model));
    const [w] = (await readModel(outside, 'model.onnx', folder, 0)).model.graph!.initializer;
    expect(readTensor(w, '').data).toEqual(weight.data);
  });
});

describe('a tensor outside of the graph itself that lies in a file', () => {
  const outside = (location: string) =>
    create(TensorProtoSchema, {
      name: 'c',
      dims: [1n],
      dataType: 1,
      dataLocation: 1,
      externalData: [{ key: 'location', value: location }],
    });
  const identity = () => [makeNode('Identity', ['x'], ['y'])];
  const port = (name: string) => ({ name, dims: [1] });
  const given = () => makeModel({ nodes: identity(), inputs: [port('x')], outputs: [port('y')] });
  const inFunction = (location: string) => {
    const model = given();
    const constant = makeNode('Constant', [], ['c']);
    constant.attribute.push(create(AttributeProtoSchema, { name: 'value', type: 4, t: outside(location) }));
    model.functions.push(create(FunctionProtoSchema, { name: 'f', domain: 'own', node: [constant] }));
    return model;
  };
  const sparse = (location: string) => {
    const model = given();
    model.graph!.sparseInitializer.push(create(SparseTensorProtoSchema, { values: outside(location) }));
    return model;
  };

  it.each([
    ['a local function', inFunction],
    ['a sparse tensor', sparse],
  ])('belongs to the model in %s, and is opened by nobody else', async (_, made) => {
    const file = join(folder, 'outside.onnx');
    writeFileSync(file, serializeModel(made('c.bin')));
    expect(await readExternalNames(file)).toEqual(['c.bin']);
    writeFileSync(file, serializeModel(made('../c.bin')));
    await expect(readModel(file)).rejects.toThrow('external data must lie beside the model');
  });
});

describe('what is computed of such data', () => {
  it('needs a folder for temporary files', async () => {
    const { w } = await read(0);
    process.env.TMPDIR = join(folder, 'none');
    expect(() => keptLike(w, { ...weight })).toThrow(
      /^weights cannot be kept in .*none \(ENOENT.*\): make room there, or set TMPDIR to another folder$/,
    );
    process.env.TMPDIR = folder;
  });

  it('is kept in files of the folder for temporary ones, and read from there', async () => {
    const { w } = await read(0);
    const given = { dims: [SIZE, SIZE], data: weight.data as Float32Array, axis: 1 };
    const kept = keptLike(w, given);
    expect(kept).toEqual(given);
    expect(storedIn(kept, 'data')!.file.path).toContain(join(folder, 'quantgate-weights-'));
    const tensor = makeTensor('k', asTensor(kept));
    expect(storedIn(tensor, 'rawData')).toBe(storedIn(kept, 'data'));
    expect(readTensor(tensor, '')).toEqual(weight);
  });

  it('stays in memory where the constant is there, or where it is small', async () => {
    const inMemory = makeTensor('w', weight);
    const { w } = await read(0);
    expect(storedIn(keptLike(inMemory, { ...weight }), 'data')).toBeUndefined();
    expect(storedIn(keptLike(w, { ...random([4]) }), 'data')).toBeUndefined();
  });

  it('is a copy with values of its own once it is spread', async () => {
    const { w } = await read(0);
    const other = { ...keptLike(w, { ...weight }), data: new Float32Array(1) };
    expect(storedIn(other, 'data')).toBeUndefined();
    expect(makeTensor('o', { ...other, dims: [1] })).toEqual(
      create(TensorProtoSchema, { name: 'o', dims: [1n], dataType: 1, rawData: new Uint8Array(4) }),
    );
  });
});

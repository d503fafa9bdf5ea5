import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { describe, expect, it, onTestFinished } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import { decodeBounded } from '../../../src/onnx/decode-bounded.ts';
import { withDenseInitializers } from '../../../src/onnx/dense.ts';
import {
  FunctionProtoSchema,
  GraphProtoSchema,
  TensorProto_DataLocation as Location,
  type ModelProto,
  ModelProtoSchema,
  SparseTensorProtoSchema,
  StringStringEntryProtoSchema,
  type TensorProto,
  TensorProtoSchema,
} from '../../../src/onnx/gen/onnx_pb.ts';
import { makeAttribute, makeNode } from '../../../src/onnx/graph.ts';
import { parseModel, serializeModel } from '../../../src/onnx/model.ts';
import { readModel } from '../../../src/onnx/read-model.ts';
import { makeModel, tinyClassifier } from '../../support/models.ts';

const FLOAT = 1;

const refusal = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message).not.toContain('\n');
    return (error as Error).message;
  }
  return 'nothing was refused';
};

const parse = (model: ModelProto) => parseModel(serializeModel(model), 'm.onnx');

function withTensor(tensor: Partial<TensorProto>): ModelProto {
  const model = tinyClassifier();
  model.graph!.initializer.push(
    create(TensorProtoSchema, { name: 'huge', dataType: FLOAT, ...tensor } as object),
  );
  return model;
}

describe('a tensor', () => {
  it.each([
    [
      '10^12 values and has none',
      { dims: [10n ** 12n] },
      'holds 0 values, its shape [1000000000000] needs 1000000000000',
    ],
    ['a type that is not read and 10^12 values', { dims: [10n ** 12n], dataType: 16 }, 'holds 0 values'],
    [
      'two negative dimensions',
      { dims: [-2n, -3n], floatData: [1, 2, 3, 4, 5, 6] },
      'm.onnx: initializer "huge" has shape [-2, -3], and no size is negative: the file is damaged',
    ],
    [
      'a negative dimension of external data',
      { dims: [-1n], dataLocation: Location.EXTERNAL },
      'has shape [-1], and no size is negative',
    ],
    [
      'infinitely many values',
      { dims: Array<bigint>(40).fill(2n ** 62n) },
      `${`${2n ** 62n}, `.repeat(16)}…] needs more than any file holds: the file is damaged`,
    ],
  ])('of an initializer that states %s is refused', (_, tensor, says) => {
    expect(refusal(() => parse(withTensor(tensor)))).toContain(says);
  });

  it('of an attribute is held to its shape as well', () => {
    const model = tinyClassifier();
    const constant = makeNode('Constant', [], ['c']);
    const t = create(TensorProtoSchema, { dims: [10n ** 12n], dataType: FLOAT });
    constant.attribute = [Object.assign(makeAttribute('value', 0), { t })];
    model.graph!.node.push(constant);
    expect(refusal(() => parse(model))).toMatch(
      /^m\.onnx: a tensor of node "c\/Constant" holds 0 values, its shape \[1000000000000\] needs/,
    );
  });

  it('without values is read where its shape holds none', () => {
    expect(parse(withTensor({ dims: [0n, 5n] })).graph!.initializer.at(-1)!.name).toBe('huge');
  });
});

describe('sparse initializers', () => {
  it('are bounded all together', () => {
    const model = tinyClassifier();
    const values = (name: string) => create(TensorProtoSchema, { name, dims: [0n], dataType: FLOAT });
    model.graph!.sparseInitializer = ['a', 'b', 'c'].map((name) =>
      create(SparseTensorProtoSchema, { values: values(name), indices: values(''), dims: [2n ** 28n] }),
    );
    expect(refusal(() => withDenseInitializers(model, 'm.onnx'))).toMatch(/take 3221225472 bytes/);
  });
});

describe('a file of messages', () => {
  it('that are small and very many is refused before they are made', () => {
    // A model with a graph with 2^22 empty nodes, of two bytes each.
    const nodes = Buffer.alloc(2 ** 23, Buffer.from([0x0a, 0]));
    const graph = Buffer.concat([Buffer.from([0x3a, 0x80, 0x80, 0x80, 0x04]), nodes]);
    expect(refusal(() => parseModel(graph, 'm.onnx'))).toMatch(/^m\.onnx is .*take more memory/);
  });

  it('that nest without end is refused', () => {
    let bytes: Buffer = Buffer.alloc(0);
    // GraphProto.node, NodeProto.attribute, AttributeProto.g
    for (let i = 0; i < 300; i++)
      for (const tag of [0x32, 0x2a, 0x0a])
        bytes = Buffer.concat([Buffer.from([tag, ...lengthOf(bytes)]), bytes]);
    const model = Buffer.concat([Buffer.from([0x3a, ...lengthOf(bytes)]), bytes]);
    expect(refusal(() => parseModel(model, 'm.onnx'))).toMatch(/messages nest deeper than 100/);
  });

  it('is what it was where nothing is wrong with it', () => {
    const bytes = serializeModel(tinyClassifier());
    expect(decodeBounded(ModelProtoSchema, bytes)).toEqual(tinyClassifier());
    expect(() => decodeBounded(ModelProtoSchema, bytes, 1000)).toThrow('take more memory');
  });
});

function lengthOf({ length }: Uint8Array): number[] {
  const bytes: number[] = [];
  for (let left = length; bytes.length === 0 || left > 0; left = Math.floor(left / 128))
    bytes.push((left % 128) + (left >= 128 ? 128 : 0));
  return bytes;
}

describe('functions', () => {
  const calls = (name: string, count: number) =>
    Array.from({ length: count }, (_, i) =>
      Object.assign(makeNode(name, ['x'], [`y${i}`]), { domain: 'own' }),
    );

  function modelWith(levels: number, last: string): ModelProto {
    const model = makeModel({
      nodes: calls('f0', 1),
      inputs: [{ name: 'x', dims: [1] }],
      outputs: [{ name: 'y0', dims: [1] }],
    });
    model.functions = Array.from({ length: levels }, (_, i) =>
      create(FunctionProtoSchema, {
        name: `f${i}`,
        domain: 'own',
        input: ['x'],
        output: ['y0'],
        node: i + 1 < levels ? calls(`f${i + 1}`, 2) : calls(last, 1),
      }),
    );
    return model;
  }

  it('that double at each of 60 steps are refused before they are written out', () => {
    expect(refusal(() => parse(modelWith(60, 'Relu')))).toBe(
      'm.onnx: with its functions written out it has more than 262144 nodes: export it without functions',
    );
    expect(parse(modelWith(10, 'Relu')).functions).toHaveLength(10);
  });

  it('that call each other in a circle are refused', () => {
    expect(refusal(() => parse(modelWith(3, 'f0')))).toMatch(/export it without functions/);
  });
});

describe('bodies', () => {
  it('of very many nodes cost no more than what they read', () => {
    // Copying the names around each body would take 8 * 10^8 steps.
    const model = tinyClassifier();
    const graph = model.graph!;
    const output = graph.output[0].name;
    const names = Array.from({ length: 20_000 }, (_, i) => makeNode('Identity', ['image'], [`t${i}`]));
    const bodies = Array.from({ length: 40_000 }, (_, i) => {
      const body = create(GraphProtoSchema, { node: [], output: [{ name: 'image' }] });
      const node = makeNode('If', ['image'], [`if${i}`]);
      node.attribute = [Object.assign(makeAttribute('then_branch', 0), { g: body })];
      return node;
    });
    graph.node.unshift(...names, ...bodies);
    expect(parse(model).graph!.output[0].name).toBe(output);
  });
});

describe('external data', () => {
  async function filesWith(
    tensors: readonly [name: string, offset: number, length: number, dims: bigint[]][],
  ) {
    const folder = await mkdtemp(join(tmpdir(), 'quantgate-test-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const model = tinyClassifier();
    for (const [name, offset, length, dims] of tensors) {
      const entries = Object.entries({ location: 'w.data', offset: `${offset}`, length: `${length}` });
      const externalData = entries.map(([key, value]) =>
        create(StringStringEntryProtoSchema, { key, value }),
      );
      const dataLocation = Location.EXTERNAL;
      model.graph!.initializer.push(
        create(TensorProtoSchema, { name, dims, dataType: FLOAT, externalData, dataLocation }),
      );
    }
    await writeFile(join(folder, 'm.onnx'), serializeModel(model));
    await writeFile(join(folder, 'w.data'), Buffer.alloc(64));
    return join(folder, 'm.onnx');
  }

  it('that tensors share are read once, and those that overlap in other ways are refused', async () => {
    const shared = await readModel(
      await filesWith([
        ['a', 0, 64, [16n]],
        ['b', 0, 64, [4n, 4n]],
      ]),
    );
    const [a, b] = shared.model.graph!.initializer.slice(-2);
    expect(a.rawData).toBe(b.rawData);
    const overlapping = filesWith([
      ['a', 0, 64, [16n]],
      ['b', 4, 60, [15n]],
    ]);
    await expect(overlapping.then((path) => readModel(path))).rejects.toThrow(
      'm.onnx: tensors overlap in external data w.data: save the model again, with data of its own for each',
    );
  });

  it('that are not what a shape needs are refused', async () => {
    const path = await filesWith([['a', 0, 64, [10n ** 12n]]]);
    await expect(readModel(path)).rejects.toThrow(
      'm.onnx: tensor "a" has 64 bytes of external data, its shape needs 4000000000000: the file is damaged',
    );
  });
});

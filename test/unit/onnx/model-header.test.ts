import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { serializeModel } from '../../../src/onnx/model.ts';
import { readModelHeader } from '../../../src/onnx/model-header.ts';
import { makeModel, random, tinyClassifier } from '../../support/models.ts';

async function fileOf(bytes: Uint8Array): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'quantgate-header-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'model.onnx'), bytes);
  return join(folder, 'model.onnx');
}

describe('the header of a model file', () => {
  it('has inputs, outputs and operators', async () => {
    const header = await readModelHeader(await fileOf(serializeModel(tinyClassifier())), 'm.onnx');
    expect(header).toEqual({
      inputs: [{ name: 'image', type: 'float32', dims: [null, 1, 8, 8] }],
      outputs: [{ name: 'scores', type: 'float32', dims: [null, 4] }],
      operators: new Set(['Conv', 'Relu', 'Flatten', 'Gemm']),
    });
  });

  it('leaves out weights that are listed as inputs, however large they are', async () => {
    const model = makeModel({
      nodes: [makeNode('MatMul', ['x', 'w'], ['y'])],
      inputs: [
        { name: 'x', dims: [1, 600] },
        { name: 'w', dims: [600, 300] },
      ],
      outputs: [{ name: 'y', dims: [1, 300] }],
      constants: { w: random([600, 300]) },
    });
    const { inputs } = await readModelHeader(await fileOf(serializeModel(model)), 'm.onnx');
    expect(inputs.map(({ name }) => name)).toEqual(['x']);
  });

  it('throws nothing but UserErrors on damaged files', async () => {
    const whole = serializeModel(tinyClassifier());
    const change = fc.record({ at: fc.nat(whole.length - 1), byte: fc.nat(255), end: fc.nat(whole.length) });
    await fc.assert(
      fc.asyncProperty(change, async ({ at, byte, end }) => {
        const bytes = whole.slice(0, Math.max(end, 1));
        bytes[Math.min(at, bytes.length - 1)] = byte;
        await readModelHeader(await fileOf(bytes), 'm.onnx').catch((error) =>
          expect(error).toBeInstanceOf(UserError),
        );
      }),
      { numRuns: 50 },
    );
  });

  it('of a file of holes of many gigabytes is refused at once', async () => {
    const path = await fileOf(new Uint8Array());
    await truncate(path, 2 ** 36);
    await expect(readModelHeader(path, 'm.onnx')).rejects.toThrow('m.onnx is no ONNX model');
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import { editableCopy, makeNode } from '../../../src/onnx/graph.ts';
import { parseModel, serializeModel } from '../../../src/onnx/model.ts';
import { makeModel, tinyClassifier } from '../../support/models.ts';

const bytes = serializeModel(tinyClassifier());

/** Field 999, length-delimited, "hello": nothing that ONNX knows. */
const unknownField = Buffer.from([0xba, 0x3e, 5, ...Buffer.from('hello')]);

describe('parseModel', () => {
  it('keeps fields that it does not know, also through an editable copy', () => {
    const model = parseModel(Buffer.concat([bytes, unknownField]), 'model.onnx');
    expect(Buffer.from(serializeModel(model)).includes('hello')).toBe(true);
    expect(Buffer.from(serializeModel(editableCopy(model).model)).includes('hello')).toBe(true);
  });

  it('does not copy weights', () => {
    const file = new Uint8Array(bytes);
    const [weight] = parseModel(file, 'model.onnx').graph!.initializer;
    expect(weight.rawData.buffer).toBe(file.buffer);
  });

  it.each([6, 0, -3, 2 ** 31, 2 ** 62])('refuses an opset that is too old, or none: %i', (opset) => {
    const model = makeModel({
      nodes: [makeNode('Relu', ['x'], ['y'])],
      inputs: [{ name: 'x', dims: [1] }],
      outputs: [{ name: 'y', dims: [1] }],
      opset,
    });
    expect(() => parseModel(serializeModel(model), 'old.onnx')).toThrow(`old.onnx uses ONNX opset ${opset}`);
  });

  it('names an initializer whose bytes do not fit its shape', () => {
    const model = tinyClassifier();
    model.graph!.initializer[0].rawData = new Uint8Array(5);
    expect(() => parseModel(serializeModel(model), 'bad.onnx')).toThrow(/initializer "w1" holds 5 bytes/);
  });

  it('ends in a UserError or a model for any damage', () => {
    const damage = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { maxLength: 12 });
    fc.assert(
      fc.property(damage, fc.nat(bytes.length), (changes, length) => {
        const damaged = new Uint8Array(bytes);
        for (const [at, value] of changes) damaged[at] = value;
        try {
          parseModel(damaged.subarray(0, length), 'fuzz.onnx');
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
          expect(error.message).toMatch(/^fuzz\.onnx/);
        }
      }),
      { numRuns: 500 },
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ascendRecord } from '../../../src/formats/ascend-record.ts';
import { asymmetricGrid, quantParams } from '../../../src/numerics/grid.ts';
import { ascend } from '../../../src/targets/ascend.ts';
import { anySet, expected, goldenSet, written } from './sets.ts';

const input = ascend.activations.grid(8);
const weight = ascend.weights.grid(8, 'per-channel');
const { scale, zeroPoint } = quantParams({ alpha: -1.2, beta: 3.4 }, input);
const golden = goldenSet(input, weight, scale, zeroPoint);
const [conv1] = golden.layers;
const read = (text: string) => ascendRecord.read(text, 'r.txt');
const leftOf = (change: object) => ascendRecord.write({ ...golden, layers: [{ ...conv1, ...change }] }).left;

describe('a record of AMCT', () => {
  it('has steps, and the int8 zero point of [-1.2, 3.4]', () => {
    expect(ascendRecord.write(golden).text).toBe(`record {
  key: "conv1"
  value {
    scale_d: 0.0180392154
    offset_d: -61
    scale_w: 0.0267716534
    scale_w: 0.00787401572
    offset_w: 0
    offset_w: 0
  }
}
`);
  });

  it('has the same offset for an unsigned grid', () => {
    const unsigned = goldenSet(asymmetricGrid(8, false), weight, scale, 67);
    expect(ascendRecord.write(unsigned).text).toBe(ascendRecord.write(golden).text);
  });

  it('gives back every field bit for bit', () => {
    const sets = anySet({
      inputGrid: ascend.activations.grid,
      weightGrid: (bits) => ascend.weights.grid(bits, 'per-channel'),
      bits: fc.constant(8),
      ops: ['Conv', 'ConvTranspose'],
    });
    fc.assert(
      fc.property(sets, (set) => {
        const { text, left, tensors } = written(ascendRecord, set);
        expect(left).toEqual([]);
        expect(tensors).toEqual(expected(set, [], ({ name }) => name));
        if (text !== '') expect(ascendRecord.recognizes(text)).toBe(true);
      }),
    );
  });

  it.each([4, 6, 16])('leaves out layers of %d bits', (bits) => {
    const set = goldenSet(ascend.activations.grid(bits), ascend.weights.grid(bits, 'per-channel'), 1);
    expect(ascendRecord.write(set)).toMatchObject({
      text: '',
      left: [{ name: 'conv1', why: `AMCT computes with int8, and "data" has ${bits} bits` }],
    });
  });

  it.each([
    [{ op: 'MatMul' }, 'one scale for the whole weight of a MatMul'],
    [{ weight: undefined }, 'one input and one weight'],
    [{ weight: { ...conv1.weight!, symmetric: false } }, 'weights without offset'],
  ])('leaves out a layer with %j', (change, why) => {
    expect(leftOf(change)).toMatchObject([{ name: 'conv1', why: expect.stringContaining(why) }]);
  });

  it('is read with the widths that training gives, and what else it says is left', () => {
    const { tensors, left } = read(`
      record { key: "a" value { scale_d: 0.00392156886 offset_d: -128 scale_w: 0.5 offset_w: 0
        skip_fusion: true dst_type: "INT4" tensor_balance_factor: 0.9 tensor_balance_factor: 1.1 } }
      record { key: "kv" kv_cache_value { scale: 1 offset: 0 } }
      record { key: "pool" value { scale_d: 1 offset_d: 0 channels: 3 height: 2 width: 2 } }
      prune_record { producer { name: "a" } }`);
    expect(tensors).toMatchObject([
      { name: 'a', kind: 'activation', bits: 8, zeroPoints: [-128] },
      { name: 'a', kind: 'weight', bits: 4, qmin: -8, qmax: 7, scales: [0.5] },
      { name: 'pool', kind: 'activation', scales: [1] },
    ]);
    expect(left.map(({ name }) => name)).toEqual(['a', 'kv', 'prune_record']);
  });

  it.each([
    ['record {\n value { scale_d: 1 }\n}', 'r.txt:1: the record has no key'],
    ['\nrecord { key: "a" value { scale_d: 0 offset_d: 0 } }', 'r.txt:2: "a": a step of 0 is not'],
    ['record { key: "a" value {\n scale_d: x } }', 'r.txt:2: scale_d must be a finite number'],
    ['record { key: "a" value { scale_d: 1 offset_d: 128 } }', 'offset_d 128 of "a" is not from -128 to 127'],
    ['record { key: "a" value { scale_d: 1\n offset_d: 1.5 } }', 'r.txt:2: offset_d must be a whole number'],
    ['record { key: "a" value { scale_w: 1 } }', '"a" must have an offset_w of 0 for each scale_w'],
    ['record { key: "a" value { scale_w: 1 offset_w: 3 } }', 'must have an offset_w of 0'],
    ['record { key: "a" value { scale_w: 1 offset_w: 0 wts_type: "FP8" } }', 'has type FP8'],
    ['record {', 'r.txt:1: expected a field or "}", found the end of the file'],
  ])('is refused as %j', (text, message) => {
    expect(() => read(text)).toThrow(message);
  });
});

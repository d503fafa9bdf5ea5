import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import { absMaxOf } from '../../../src/formats/parameter-set.ts';
import { calibrationCache } from '../../../src/formats/tensorrt-cache.ts';
import { symmetricGrid } from '../../../src/numerics/grid.ts';
import { tensorrt } from '../../../src/targets/tensorrt.ts';
import { golden, int8, setOf, sets, tensorOn, uint8 } from './parameters.ts';

const header = 'TRT-8601-EntropyCalibration2\n';
const read = (lines: string) => calibrationCache.read(header + lines, 'c.cache');

describe('a calibration cache', () => {
  it('is written for TensorRT, with the bits of the golden vectors', () => {
    expect(tensorrt.formats).toEqual([calibrationCache]);
    const { text, left } = calibrationCache.write(
      setOf([
        golden(int8, 'images'),
        tensorOn(int8, [[0, 1]], { name: 'a/b: c', kind: 'activation', axis: null }),
        tensorOn(int8, [[-(2 ** -100), 0]], { name: 'tiny', kind: 'activation', axis: null }),
        golden(int8, 'w', 'weight'),
      ]),
    );
    expect(text).toBe('TRT-100300-EntropyCalibration2\nimages: 3cdb503a\na/b: c: 3c010204\ntiny: 0a010204\n');
    expect(left).toEqual([]);
  });

  it('gives the range that NVIDIA documents: 3c010a14 is 1.00024', () => {
    const { tensors } = read('prob: 3c010a14\n');
    expect(tensors).toEqual([
      {
        name: 'prob',
        kind: 'activation',
        bits: 8,
        symmetric: true,
        qmin: -128,
        qmax: 127,
        axis: null,
        scales: [Math.fround(0.00787593797)],
        zeroPoints: [0],
      },
    ]);
    expect(absMaxOf(golden(int8))[0]).toBeCloseTo(3.4, 6);
    expect(tensors[0].scales[0] * 127).toBeCloseTo(1.0002441, 6);
  });

  it('leaves out what it cannot hold, and says why', () => {
    const { text, left } = calibrationCache.write(
      setOf([
        golden(uint8, 'asymmetric'),
        golden(symmetricGrid(16, { restricted: false }), 'int16'),
        golden(symmetricGrid(8, { restricted: true }), '127'),
        golden(int8, 'two\nlines'),
        golden(int8, 'ends\r'),
        golden(int8, ''),
        golden(int8, 'half \ud800'),
        golden(int8, 'kept'),
      ]),
    );
    expect(text).toBe('TRT-100300-EntropyCalibration2\nkept: 3cdb503a\n');
    expect(left.map(({ name }) => name)).toEqual([
      'asymmetric',
      'int16',
      '127',
      'two\nlines',
      'ends\r',
      '',
      'half \ud800',
    ]);
    expect(left[0].why).toMatch(/symmetric int8/);
    expect(left[3].why).toMatch(/one line/);
  });

  it('reads back bit for bit: each activation is in the text or left out', () => {
    fc.assert(
      fc.property(sets([8, 16]), (set) => {
        const { text, left } = calibrationCache.write(set);
        expect(calibrationCache.recognizes(text)).toBe(true);
        const { tensors } = calibrationCache.read(text, 'c.cache');
        const out = new Set(left.map(({ name }) => name));
        expect(tensors).toEqual(set.activations.filter(({ name }) => !out.has(name)));
        expect(tensors.length + left.length).toBe(set.activations.length);
      }),
      { numRuns: 300 },
    );
  });

  it('holds every positive float32', () => {
    fc.assert(
      fc.property(fc.float({ min: 2 ** -149, noNaN: true, noDefaultInfinity: true }), (scale) => {
        const { text } = calibrationCache.write(setOf([{ ...golden(int8), scales: [scale] }]));
        expect(calibrationCache.read(text, 'c.cache').tensors[0].scales).toEqual([scale]);
      }),
      { numRuns: 500 },
    );
  });

  it('of any version, calibrator and line end is read', () => {
    for (const first of ['TRT-5102-EntropyCalibration2', 'TRT-100900-MinMaxCalibration']) {
      for (const end of ['\n', '\r\n']) {
        const text = `${[first, 'input_tensor:0: 3F955020', '(Unnamed Layer* 0) [Scale]_output: 40cd9371'].join(end)}${end}`;
        expect(calibrationCache.recognizes(text)).toBe(true);
        expect(calibrationCache.read(text, 'c.cache').tensors.map(({ name }) => name)).toEqual([
          'input_tensor:0',
          '(Unnamed Layer* 0) [Scale]_output',
        ]);
      }
    }
    expect(calibrationCache.read('TRT-8601-EntropyCalibration2', 'c.cache').tensors).toEqual([]);
    expect(calibrationCache.recognizes('data_0 2.008338\n')).toBe(false);
  });

  it.each([
    ['a: 3c010a14\nb: 3c01\n', /^c\.cache line 3: "b: 3c01" is not a name/],
    ['a: 3c010a14\n\nb: 3c010a14\n', /^c\.cache line 3: "" is not a name/],
    ['a 3c010a14\n', /^c\.cache line 2: /],
    [': 3c010a14\n', /^c\.cache line 2: /],
    ['a: 00000000\n', /^c\.cache line 2: 00000000 is the scale 0 of "a"/],
    ['a: bc010a14\n', /the scale -0\.0078/],
    ['a: 80000000\n', /the scale 0/],
    ['a: 7f800000\n', /the scale Infinity/],
    ['a: 7fc00000\n', /the scale NaN/],
    ['a: ffffffff\n', /the scale NaN/],
    ['a: 3c010a14\nb: 3c010a14\na: 3c010204\n', /^c\.cache line 4: "a" has a scale already/],
    ['\u001b[31mred\n', /^c\.cache line 2: "\[31mred" is not/],
  ])('refuses %j in one line', (lines, message) => {
    expect(() => read(lines)).toThrow(UserError);
    expect(() => read(lines)).toThrow(message);
  });
});

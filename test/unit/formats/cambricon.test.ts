import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cambriconCatch } from '../../../src/formats/cambricon-catch.ts';
import { cambriconMagicMind } from '../../../src/formats/cambricon-magicmind.ts';
import { cambriconParameters } from '../../../src/formats/cambricon-parameters.ts';
import { cambriconPrototxt } from '../../../src/formats/cambricon-prototxt.ts';
import type { ParameterSet } from '../../../src/formats/parameter-set.ts';
import { asymmetricGrid, symmetricGrid } from '../../../src/numerics/grid.ts';
import { cambricon } from '../../../src/targets/cambricon.ts';
import { anySet, expected, goldenSet, tensor, written } from './sets.ts';

const grid = (bits: number) => symmetricGrid(bits, { restricted: false });
const goldenOf = (bits: number) => goldenSet(grid(bits), grid(bits), 3.4 / (2 ** (bits - 1) - 1));
const golden = goldenOf(8);
const [conv1] = golden.layers;
const changed = (change: object): ParameterSet => ({ ...golden, layers: [{ ...conv1, ...change }] });
const any = (bits: fc.Arbitrary<number>, ops?: string[]) =>
  anySet({ inputGrid: grid, weightGrid: grid, bits, ops });
const chipWidths = fc.constantFrom(8, 16);

describe.each(cambricon.formats.map((format) => [format.file, format] as const))('%s', (_, format) => {
  it('is refused for a layer with parameters of one operand', () => {
    expect(() => format.write(changed({ inputs: [] }))).toThrow(
      'layer "conv1": its weight has parameters and its input has none, but Cambricon takes both or neither',
    );
    expect(() => format.write(changed({ weight: undefined }))).toThrow(
      'layer "conv1": one input has parameters',
    );
  });

  it('is recognized, by no other format of the target', () => {
    const { text } = format.write(golden);
    expect(cambricon.formats.filter((each) => each.recognizes(text))).toEqual([format]);
    expect(format.recognizes('')).toBe(false);
  });

  it('lists an activation that no layer reads', () => {
    const spare = tensor('spare', 'activation', grid(8), [1]);
    expect(format.write({ ...golden, activations: [spare] }).left).toMatchObject([{ name: 'spare' }]);
  });

  it('has companions that Python compiles, where there is a Python', () => {
    for (const { text } of format.companions ?? []) {
      const { error, stderr } = spawnSync('python3', ['-c', 'import ast, sys; ast.parse(sys.stdin.read())'], {
        input: text,
        encoding: 'utf8',
      });
      if (error === undefined) expect(stderr).toBe('');
    }
  });
});

describe('parameters.json', () => {
  const operands = (set: ParameterSet) => JSON.parse(cambriconParameters.write(set).text).layers[0].operands;

  it('has position and scale of 3.4 in int8 and int16', () => {
    expect(operands(golden)[0]).toMatchObject({
      position: [-5],
      offset: [0],
      step: [Math.fround(3.4 / 127)],
    });
    expect(operands(golden)[0].scale[0]).toBeCloseTo(1.1672794118, 6);
    expect(operands(golden)[1]).toMatchObject({ position: [-5, -6], axis: 0 });
    expect(operands(goldenOf(16))[0].position).toEqual([-13]);
    expect(operands(goldenOf(16))[0].scale[0]).toBeCloseTo(1.1764346852, 6);
  });

  it('has the offset of the asymmetric range [-1.2, 3.4]', () => {
    const set = goldenSet(asymmetricGrid(8, true), grid(8), 4.6 / 255, -61);
    expect(operands(set)[0]).toMatchObject({ symmetric: false, position: [-5], offset: [-61] });
    expect(operands(set)[0].scale[0]).toBeCloseTo(1.7323369565, 6);
  });

  it.each([
    ['symmetric', grid],
    ['asymmetric', (bits: number) => asymmetricGrid(bits, true)],
  ])('gives back every field of %s grids bit for bit', (_, inputGrid) => {
    const bits = fc.integer({ min: 4, max: 16 });
    fc.assert(
      fc.property(anySet({ inputGrid, weightGrid: grid, bits }), (set) => {
        const { tensors, left } = written(cambriconParameters, set);
        expect(left).toEqual([]);
        expect(tensors).toEqual(expected(set, []));
      }),
    );
  });

  it('keeps both of two steps that have one float32 scale', () => {
    const steps = [2, 3].map((k) => 1.75 + k * 2 ** -23);
    const scales = steps.map((step) => Math.fround(2 / step));
    expect(scales[0]).toBe(scales[1]);
    const set = changed({ weight: tensor('w', 'weight', grid(8), steps) });
    expect(written(cambriconParameters, set).tensors[1].scales).toEqual(steps);
  });

  it('leaves out what is unsigned', () => {
    const { left } = cambriconParameters.write(goldenSet(asymmetricGrid(8, false), grid(8), 1, 3));
    expect(left).toMatchObject([{ name: 'conv1', why: expect.stringContaining('unsigned') }]);
  });

  it('is refused when step and position / scale disagree, or a key is unknown', () => {
    const change = (replace: (text: string) => string) => () =>
      cambriconParameters.read(replace(cambriconParameters.write(golden).text), 'p.json');
    expect(change((text) => text.replace(/"position": \[\s*-5/, '"position": [-4'))).toThrow(
      'p.json: layer "conv1", tensor "data": 2^position / scale is',
    );
    expect(change((text) => text.replace('"axis"', '"x": 1, "axis"'))).toThrow(
      'p.json is not a Cambricon parameter file (layers.0.operands.0',
    );
    expect(change((text) => text.replace(/"offset": \[\s*0/, '"offset": [0, 0'))).toThrow('as many values');
    expect(change((text) => text.slice(1))).toThrow('p.json is not a Cambricon parameter file (no JSON: ');
  });
});

describe('bottom_blobs.prototxt', () => {
  it('has DT_INT8 with positions and scales, and no offset', () => {
    const { text } = cambriconPrototxt.write(golden);
    expect(text.replace(/scale: (\d\.\d{6})\d*/g, 'scale: $1')).toBe(`layer {
  name: "conv1"
  type: "Convolution"
  bottom_mlu_dtype {
    type: DT_INT8
    position: -5
    scale: 1.167279
  }
  blobs_dtype {
    type: DT_INT8
    position: -5
    position: -6
    scale: 1.167279
    scale: 1.984375
  }
}
`);
  });

  it('gives back every field bit for bit', () => {
    fc.assert(
      fc.property(any(chipWidths, ['Conv', 'Gemm', 'MatMul']), (set) => {
        const { tensors, left } = written(cambriconPrototxt, set);
        expect(left).toEqual([]);
        expect(tensors).toEqual(expected(set, [], ({ name }) => name));
      }),
    );
  });

  it.each([
    [{ depthwise: true }, 'depthwise'],
    [{ op: 'ConvTranspose' }, 'whole weight of a Deconvolution'],
    [{ inputs: [...conv1.inputs, ...conv1.inputs], weight: undefined }, 'two activations'],
    [{ weight: tensor('w', 'weight', grid(4), [1]) }, '4 bits'],
    [{ weight: tensor('w', 'weight', asymmetricGrid(8, true), [1]) }, 'zero point'],
  ])('leaves out a layer with %j', (change, why) => {
    expect(cambriconPrototxt.write(changed(change)).left).toMatchObject([
      { why: expect.stringContaining(why) },
    ]);
  });

  it('is read out of a whole net: positions alone, other types, old layers', () => {
    const { tensors, left } = cambriconPrototxt.read(
      `name: "net"
      layer { name: "a" type: "Convolution" convolution_param { num_output: 2 }
        bottom_mlu_dtype { type: DT_INT16 position: -3 }
        blobs_dtype { type: DT_INT8 position: [-2, 0] scale: [1, 2] } }
      layer { name: "b" type: "ReLU" }
      layer { name: "c" bottom_mlu_dtype { } }
      layers { name: "d" type: DECONVOLUTION blobs_dtype { type: DT_INT8 position: 1 position: 2 } }`,
      'm.prototxt',
    );
    expect(tensors).toMatchObject([
      { name: 'a', kind: 'activation', bits: 16, scales: [2 ** -3] },
      { name: 'a', kind: 'weight', bits: 8, axis: 0, scales: [0.25, 0.5] },
      { name: 'd', kind: 'weight', axis: 1, scales: [2, 4] },
    ]);
    expect(left).toEqual([{ name: 'c', why: 'bottom_mlu_dtype of type DT_FLOAT16 has no step' }]);
  });

  it.each([
    ['{ type: DT_INT8 }', 'layer "a", blobs_dtype has 0 positions and 0 scales'],
    ['{ type: DT_INT8 position: 1 scale: 1 scale: 2 }', '1 positions and 2 scales'],
    ['{ type: DT_INT8 position: 1.5 }', 'm:2: position must be a whole number'],
    ['{ type: DT_INT8 position: 1 scale: 0 }', 'a step of Infinity is not a positive float32 number'],
    ['{ type: DT_INT8 position: -400 }', 'a step of 0 is not'],
    ['{ type: DT_INT8', 'm:2: expected a field or "}"'],
  ])('is refused with blobs_dtype %s', (dtype, message) => {
    expect(() => cambriconPrototxt.read(`layer { name: "a"\n blobs_dtype ${dtype} }`, 'm')).toThrow(message);
  });
});

describe('catch.json', () => {
  it('has inverse steps by module, and the marks of weights per channel', () => {
    const [[module, values]] = JSON.parse(cambriconCatch.write(golden).text).layers;
    expect([module, Object.keys(values)]).toEqual([
      'conv1',
      ['scale', 'scale_weight_per_channel', 'quantized_by_channel', 'quantized_mode', 'use_symmetry'],
    ]);
    expect(values).toMatchObject({ quantized_mode: [1], quantized_by_channel: [1], use_symmetry: [1] });
    expect(values.scale[0]).toBeCloseTo(37.35294117647, 5);
    expect(values.scale[1]).toBe(0);
    expect(values.scale_weight_per_channel[1]).toBeCloseTo(127, 5);
  });

  it('has input and weight in one scale for weights per tensor', () => {
    const set = changed({ weight: tensor('a.b.weight', 'weight', grid(8), [Math.fround(1 / 127)]) });
    const [[module, values]] = JSON.parse(cambriconCatch.write(set).text).layers;
    expect(module).toBe('a.b');
    expect(Object.keys(values)).toEqual(['scale', 'quantized_mode', 'use_symmetry']);
    expect(values.scale[1]).toBeCloseTo(127, 5);
  });

  it('gives back every field bit for bit', () => {
    fc.assert(
      fc.property(any(chipWidths, ['Conv', 'Gemm', 'MatMul']), (set) => {
        const { tensors, left } = written(cambriconCatch, set);
        expect(left).toEqual([]);
        expect(tensors).toEqual(expected(set, [], ({ name }) => name));
      }),
    );
  });

  it.each([
    [{ op: 'ConvTranspose' }, 'transposed convolution'],
    [{ weight: tensor('w', 'weight', grid(16), [1]) }, 'one width'],
    [{ inputs: [...conv1.inputs, ...conv1.inputs], weight: undefined }, 'with weights alone'],
  ])('leaves out a layer with %j', (change, why) => {
    expect(cambriconCatch.write(changed(change)).left).toMatchObject([{ why: expect.stringContaining(why) }]);
  });

  it('holds one call of a module that is called twice', () => {
    const twice = { ...golden, layers: [conv1, { ...conv1, name: 'conv1#2' }] };
    expect(cambriconCatch.write(twice).left).toMatchObject([{ name: 'conv1#2' }]);
  });

  it.each([
    [
      /"quantized_by_channel": \[\s*1\s*\],/,
      '',
      '"conv1": scale_weight_per_channel and quantized_by_channel',
    ],
    [/"quantized_mode": \[\s*1/, '"quantized_mode": [5', 'c.json is not a CATCH parameter file (layers.0.1'],
    [/"use_symmetry": \[\s*1/, '"use_symmetry": [0', 'use_symmetry'],
    [/"scale": \[\s*/, '"scale": [-', 'scale'],
  ])('is refused with %s replaced', (pattern, replacement, message) => {
    const text = cambriconCatch.write(golden).text.replace(pattern, replacement);
    expect(() => cambriconCatch.read(text, 'c.json')).toThrow(message);
  });
});

describe('magicmind.json', () => {
  it('has the ranges of the operands in the order of the inputs of the node', () => {
    const [layer] = JSON.parse(cambriconMagicMind.write(golden).text).layers;
    const [data, weight] = layer.operands;
    expect([layer.name, data.tensor, weight.tensor, weight.axis]).toEqual([
      'conv1',
      'data',
      'conv1.weight',
      0,
    ]);
    expect(data.ranges[0][1]).toBeCloseTo(3.4, 6);
    expect(data.ranges[0][0]).toBe(-data.ranges[0][1]);
    expect(weight.ranges[1][1]).toBeCloseTo(1, 6);
  });

  it('gives back every field bit for bit', () => {
    fc.assert(
      fc.property(any(chipWidths, ['Conv', 'ConvTranspose', 'MatMul']), (set) => {
        const { tensors, left } = written(cambriconMagicMind, set);
        expect(left).toEqual([]);
        expect(tensors).toEqual(expected(set, []));
      }),
    );
  });

  it('leaves out layers of 4 bits', () => {
    expect(cambriconMagicMind.write(goldenOf(4)).left).toMatchObject([{ name: 'conv1' }]);
  });

  it('is refused with a range that is not symmetric', () => {
    const text = cambriconMagicMind.write(golden).text.replace(/-3\.[34]\d*/, '-3');
    expect(() => cambriconMagicMind.read(text, 'm.json')).toThrow('the range must be symmetric');
  });
});

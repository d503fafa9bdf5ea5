import { describe, expect, it } from 'vitest';
import type { LayerPrecision } from '../../../src/config/target-id.ts';
import type { ParameterFormat } from '../../../src/formats/parameter-set.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { parameterSetOf } from '../../../src/pipeline/export-parameters.ts';
import { type Chip, targets } from '../../../src/targets/index.ts';
import { encodingVersions } from '../../../src/targets/snpe.ts';
import { random } from '../../support/models.ts';
import { quantizedFor } from '../../support/qdq-round-trip.ts';
import { statedModel } from '../../support/stated-model.ts';

/** Three convolutions one behind the other: x → first a → middle b → last y. */
const convolutions = () =>
  statedModel({
    nodes: ['first', 'middle', 'last'].map((name, i) =>
      Object.assign(makeNode('Conv', ['xab'[i], `${name}.weight`], ['aby'[i]]), { name }),
    ),
    inputs: [{ name: 'x', dims: [1, 2, 4, 4] }],
    outputs: [{ name: 'y', dims: [1, 2, 4, 4] }],
    constants: Object.fromEntries(
      ['first', 'middle', 'last'].map((name, i) => [`${name}.weight`, random([2, 2, 1, 1], i + 1)]),
    ),
  });

const setFor = (chip: Chip, middle: LayerPrecision) =>
  parameterSetOf(quantizedFor(convolutions(), chip, {}, {}, { middle }));

const formatOf = (chip: Chip, file: string) => targets[chip].formats.find((each) => each.file === file)!;

/** Bits of each tensor in a file, by name, and what it leaves out. */
function bitsIn(format: ParameterFormat, chip: Chip, middle: LayerPrecision) {
  const { text, left } = format.write(setFor(chip, middle));
  const { tensors } = format.read(text, format.file);
  return { text, left, bits: tensors.map(({ name, bits }) => `${name} ${bits}`) };
}

describe.each(Object.entries(encodingVersions))('AIMET encodings %s', (_, format) => {
  it('have the bits of each tensor', () => {
    const { bits, left } = bitsIn(format, 'snpe', { activationBits: 16, weightBits: 4 });
    expect(left).toEqual([]);
    expect(bits).toEqual(['x 8', 'a 16', 'b 8', 'y 8', 'first.weight 8', 'middle.weight 4', 'last.weight 8']);
  });

  it('say what most tensors have, where they say it of all', () => {
    const { text } = format.write(
      parameterSetOf(
        quantizedFor(convolutions(), 'snpe', {}, {}, { first: { activationBits: 16, weightBits: 16 } }),
      ),
    );
    const { quantizer_args: args } = JSON.parse(text);
    if (args !== undefined) expect(args).toMatchObject({ activation_bitwidth: 8, param_bitwidth: 8 });
  });
});

describe('a calibration cache', () => {
  it('leaves out what only a layer in floating point reads', () => {
    const { bits, left } = bitsIn(formatOf('tensorrt', 'calibration.cache'), 'tensorrt', { float: true });
    expect(bits).toEqual(['x 8', 'b 8']);
    expect(left).toEqual([]);
  });
});

describe('files of Cambricon', () => {
  const wide: LayerPrecision = { activationBits: 16, weightBits: 16 };

  it.each(targets.cambricon.formats.map((format) => [format.file, format] as const))(
    'mix int8 and int16 by layer: %s',
    (_, format) => {
      const { text, left } = format.write(setFor('cambricon', wide));
      expect(left).toEqual([]);
      const { tensors } = format.read(text, format.file);
      expect(tensors.map(({ bits }) => bits)).toEqual([8, 8, 16, 16, 8, 8]);
    },
  );

  it.each(targets.cambricon.formats.map((format) => [format.file, format] as const))(
    'do not hold a layer in floating point: %s',
    (_, format) => {
      const { text, left } = format.write(setFor('cambricon', { float: true }));
      expect(left).toEqual([]);
      const { tensors } = format.read(text, format.file);
      expect(tensors.map(({ bits }) => bits)).toEqual([8, 8, 8, 8]);
      expect(text).not.toContain('middle');
    },
  );

  it('mix the operands of one layer, but for CATCH', () => {
    for (const format of targets.cambricon.formats) {
      const { text, left } = format.write(setFor('cambricon', { activationBits: 16 }));
      const bits = format.read(text, format.file).tensors.map((tensor) => tensor.bits);
      const isCatch = format.file === 'catch.json';
      expect(bits, format.file).toEqual(isCatch ? [8, 8, 8, 8] : [8, 8, 16, 8, 8, 8]);
      expect(left).toEqual(
        isCatch ? [{ name: 'middle', why: 'CATCH has one width for input and weight' }] : [],
      );
    }
  });
});

it.each<Chip>(['ascend', 'ncnn'])('files for %s do not hold a layer in floating point', (chip) => {
  const [format] = targets[chip].formats;
  const { text, left } = format.write(setFor(chip, { float: true }));
  expect(left).toEqual([]);
  expect(text).toContain('last');
  expect(text).not.toContain('middle');
});

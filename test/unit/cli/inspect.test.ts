import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inspect } from '../../../src/cli/inspect.ts';
import { UserError } from '../../../src/errors.ts';
import { parameterFormats } from '../../../src/formats/index.ts';
import { calibrationCache } from '../../../src/formats/tensorrt-cache.ts';
import { encodingVersions } from '../../../src/targets/snpe.ts';
import { forEveryFormat, golden, int8, setOf, tensorOn, uint8 } from '../formats/parameters.ts';

let cwd = '';
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'inspect-'));
});
afterAll(() => rmSync(cwd, { recursive: true }));

async function inspected(content: string | Uint8Array, options: { json?: boolean } = {}): Promise<string> {
  writeFileSync(join(cwd, 'file'), content);
  const lines: string[] = [];
  expect(await inspect('file', options, { cwd, print: (line) => lines.push(line) })).toBe(0);
  return lines.join('\n');
}

const weight = tensorOn(
  int8,
  [
    [-0.5, 0.25],
    [-1, 1],
  ],
  { name: 'w', kind: 'weight', axis: 0 },
);

describe('quantgate inspect', () => {
  it('prints a calibration cache as a table', async () => {
    expect(await inspected('TRT-8601-EntropyCalibration2\nimages: 3cdb503a\nprob: 3c010a14\n')).toBe(
      [
        'file: TensorRT calibration cache, 2 tensors',
        '| tensor | kind       | bits |     alpha |     beta |       scale | zero point | channels |',
        '| :----- | :--------- | ---: | --------: | -------: | ----------: | ---------: | -------: |',
        '| images | activation |    8 | -3.426772 |      3.4 |  0.02677165 |          0 |          |',
        '| prob   | activation |    8 |  -1.00812 | 1.000244 | 0.007875938 |          0 |          |',
      ].join('\n'),
    );
  });

  it('prints channels as a span, and what has no grid', async () => {
    const { text } = encodingVersions['0.6.1'].write(setOf([golden(uint8), weight]));
    const file = JSON.parse(text);
    file.activation_encodings['gelu\u001b[2J'] = [{ bitwidth: 16, dtype: 'float' }];
    expect(await inspected(JSON.stringify(file))).toBe(
      [
        'file: AIMET encodings, 0.6.1 or older, 2 tensors',
        '| tensor | kind       | bits |     alpha |     beta |                     scale | zero point | channels |',
        '| :----- | :--------- | ---: | --------: | -------: | ------------------------: | ---------: | -------: |',
        '| x      | activation |    8 | -1.208627 | 3.391372 |                0.01803922 |         67 |          |',
        '| w      | weight     |    8 | -1.007874 |        1 | 0.003937008 … 0.007874016 |          0 |        2 |',
        'left out: gelu [2J: stays in 16-bit floating point',
      ].join('\n'),
    );
  });

  it('prints every channel with --json', async () => {
    const { text } = encodingVersions['2.0.0'].write(setOf([weight]));
    expect(JSON.parse(await inspected(text, { json: true }))).toEqual({
      file: 'file',
      format: 'AIMET encodings, 2.0.0 or 2.1.0',
      tensors: [
        {
          ...weight,
          kind: null,
          alphas: weight.scales.map((s) => -128 * s),
          betas: weight.scales.map((s) => 127 * s),
        },
      ],
      left: [],
    });
  });

  it('knows every format', async () => {
    for (const format of parameterFormats) {
      const { text } = format.write(forEveryFormat);
      expect(await inspected(`\ufeff${text}`)).toContain(`file: ${format.title}, `);
    }
  });

  it('lets no name command a terminal', async () => {
    const name = 'a\u009b31m\u202e\u001b]0;x\u0007';
    const { text } = calibrationCache.write(setOf([golden(int8, name)]));
    for (const json of [false, true]) {
      const printed = await inspected(text, { json });
      expect(printed.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      if (json) expect(JSON.parse(printed).tensors[0].name).toBe(name);
    }
  });

  it.each([
    ['', /^file is no parameter file that quantgate knows/],
    ['hello', /give one of these: TensorRT calibration cache; AIMET/],
    [new Uint8Array([8, 8, 0x12, 0xff, 0xfe]), /is no parameter file/],
    ['TRT-8601-EntropyCalibration2\nimages\n', /^file line 2: "images" is not a name/],
  ])('refuses %j in one line', async (content, message) => {
    await expect(inspected(content)).rejects.toThrow(message);
    await expect(inspected(content)).rejects.toThrow(UserError);
  });

  it('refuses files that are missing, a folder or too large', async () => {
    const world = { cwd, print: () => {} };
    await expect(inspect('none', {}, world)).rejects.toThrow(/^none cannot be read \(ENOENT/);
    await expect(inspect('.', {}, world)).rejects.toThrow(/^\. cannot be read \(not a file\)/);
    writeFileSync(join(cwd, 'big'), '');
    truncateSync(join(cwd, 'big'), 256 * 1024 * 1024 + 1);
    await expect(inspect('big', {}, world)).rejects.toThrow(/^big cannot be read \(larger than 256 MiB\)/);
  });
});

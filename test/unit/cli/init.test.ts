import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { doctor } from '../../../src/cli/doctor/doctor.ts';
import { configText } from '../../../src/cli/init/config-text.ts';
import { matchData } from '../../../src/cli/init/detect.ts';
import { init } from '../../../src/cli/init/init.ts';
import { parseConfig } from '../../../src/config/load-config.ts';

function repository(...files: string[]) {
  const cwd = mkdtempSync(join(tmpdir(), 'quantgate-init-'));
  onTestFinished(() => rmSync(cwd, { recursive: true }));
  for (const path of files) {
    mkdirSync(join(cwd, dirname(path)), { recursive: true });
    writeFileSync(join(cwd, path), '');
  }
  const lines: string[] = [];
  return { cwd, lines, world: { cwd, print: (line: string) => lines.push(line) } };
}

const read = (cwd: string, path: string) => readFileSync(join(cwd, path), 'utf8');

describe('quantgate init', () => {
  it('writes a config for the models and data that are there, and workflows', async () => {
    const { cwd, world, lines } = repository(
      'models/a.onnx',
      'models/data/inputs.npy',
      'models/data/labels.npy',
    );
    expect(await init({}, world)).toBe(0);
    const config = parseConfig(read(cwd, 'quantgate.yml'), 'quantgate.yml');
    expect(config.models).toMatchObject([
      {
        name: 'a',
        path: 'models/a.onnx',
        evaluation: { inputs: 'models/data/inputs.npy', labels: 'models/data/labels.npy' },
      },
    ]);
    expect(read(cwd, '.github/workflows/quantgate.yml')).toContain('merge_group:');
    expect(read(cwd, '.github/workflows/quantgate-report.yml')).toContain('mode: report');
    expect(read(cwd, '.github/workflows/quantgate-command.yml')).toContain('mode: command');
    expect(lines).toContain('models/a.onnx: data models/data/inputs.npy');
  });

  it('writes the targets that are asked for by any name, by their own', async () => {
    const { cwd, world } = repository();
    await init({ target: ['Jetson', 'HTP-V73', 'hexagon'] }, world);
    expect(read(cwd, 'quantgate.yml')).toContain('targets: [tensorrt, { chip: snpe, arch: v73 }, snpe]');
    await expect(init({ target: ['jetsn'] }, world)).rejects.toThrow('did you mean "jetson"?');
  });

  it('writes an example where there is no model', async () => {
    const { cwd, world } = repository();
    await init({}, world);
    expect(parseConfig(read(cwd, 'quantgate.yml'), 'quantgate.yml').models).toHaveLength(1);
  });

  it.each(['quantgate.yml', '.github/workflows/quantgate.yml'])(
    'leaves everything alone if %s is there',
    async (path) => {
      const { cwd, world, lines } = repository(path);
      await expect(init({}, world)).rejects.toThrow(
        `${path} is there already: remove it, or overwrite it with --force`,
      );
      expect([read(cwd, path), lines]).toEqual(['', []]);
      await init({ force: true }, world);
      expect(read(cwd, path)).not.toBe('');
    },
  );

  it('does not write through a link, even with --force', async () => {
    const outside = repository('kept');
    const { cwd, world } = repository();
    symlinkSync(join(outside.cwd, 'kept'), join(cwd, 'quantgate.yml'));
    await expect(init({ force: true }, world)).rejects.toThrow('a link leads elsewhere');
    expect(read(outside.cwd, 'kept')).toBe('');
  });

  it('leaves nothing for doctor to find but owners and the commit of a release', async () => {
    const { cwd, world } = repository('a.onnx', 'inputs.npy');
    await init({}, world);
    const found: string[] = [];
    await doctor(
      { check: 'gate' },
      { cwd, print: (line) => found.push(line), github: () => expect.unreachable('doctor asked GitHub') },
    );
    expect(found.filter((line) => !/names no commit yet|has no owner/.test(line))).toEqual([]);
  });
});

describe('the data of a model', () => {
  it.each<[string[], string | undefined, string | undefined]>([
    [['data/labels.npy', 'data/x.npy'], 'data/x.npy', 'data/labels.npy'],
    [['data/calib.npz'], 'data/calib.npz', undefined],
    [['val/images.csv', 'val/labels.npy'], 'val/images.csv', undefined],
    [[], undefined, undefined],
  ])('among %j', (data, inputs, labels) => {
    expect(matchData(['m.onnx'], data)).toEqual([{ model: 'm.onnx', inputs, labels }]);
  });

  it('is what lies nearest', () => {
    const [found] = matchData(['b/m.onnx'], ['a/inputs.npy', 'b/inputs.npy']);
    expect(found!.inputs).toBe('b/inputs.npy');
  });
});

describe('the text of a config', () => {
  it('is valid for models and data of any name', () => {
    const name = fc
      .string({ minLength: 1, maxLength: 90, unit: 'binary' })
      .filter((s) => !/[\\/\p{Cc}\p{Cs}]/u.test(s) && !/^\.{1,2}$/.test(s));
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 5 }), (names) => {
        const found = names.map((each) => ({
          model: `m/${each}.onnx`,
          inputs: `d/${each}.npy`,
          labels: `d/${each}.l.npy`,
        }));
        const { models } = parseConfig(configText(found), 'quantgate.yml');
        expect(models.map(({ path, evaluation }) => [path, evaluation.inputs])).toEqual(
          found.map(({ model, inputs }) => [model, inputs]),
        );
      }),
    );
  });
});

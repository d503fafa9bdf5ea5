import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { doctor } from '../../../src/cli/doctor/doctor.ts';
import { init } from '../../../src/cli/init/init.ts';
import { parseConfig } from '../../../src/config/load-config.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { serializeModel } from '../../../src/onnx/model.ts';
import { tellNobody } from '../../../src/supervision/message.ts';
import { arrays, colourModel, pictures, pngs, quantizedColourModel } from '../../support/colours.ts';
import { makeModel, random } from '../../support/models.ts';
import { npyOf } from '../../support/npy.ts';

const { inputs, labels } = arrays(pictures(300));
const model = colourModel();

/** A git repository with the given files. */
function repository(files: Readonly<Record<string, string | Uint8Array>> = {}) {
  const cwd = mkdtempSync(join(tmpdir(), 'quantgate-init-'));
  onTestFinished(() => rmSync(cwd, { recursive: true }));
  execFileSync('git', ['init', '-q', '-b', 'main'], { cwd });
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(cwd, dirname(path)), { recursive: true });
    writeFileSync(join(cwd, path), content);
  }
  const lines: string[] = [];
  const print = (line: string) => void lines.push(line);
  const stage = { advance: () => {}, end: () => {} };
  const { signal } = new AbortController();
  const world = {
    cwd,
    print,
    complain: print,
    tell: tellNobody,
    progress: { begin: () => stage },
    signal,
    loudness: 'usual' as const,
  };
  return { cwd, lines, world };
}

/** Quantized by an operator that computes with integers. */
function integerModel(): Uint8Array {
  const parameters = ['s', 'z', 'w', 's', 'z', 's', 'z'];
  return serializeModel(
    makeModel({
      nodes: [makeNode('QLinearMatMul', ['x', ...parameters], ['y'])],
      inputs: [{ name: 'x', dims: [1, 4], type: 'uint8' }],
      outputs: [{ name: 'y', dims: [1, 4], type: 'uint8' }],
    }),
  );
}

/** Two classes, and sixteen places for boxes. */
function detector(): Uint8Array {
  return serializeModel(
    makeModel({
      nodes: [makeNode('Conv', ['image', 'w'], ['grid']), makeNode('Reshape', ['grid', 'shape'], ['boxes'])],
      inputs: [{ name: 'image', dims: ['N', 3, 4, 4] }],
      outputs: [{ name: 'boxes', dims: ['N', 6, 16] }],
      constants: {
        w: random([6, 3, 1, 1], 3),
        shape: { type: 'int64', dims: [3], data: BigInt64Array.of(0n, 6n, 16n) },
      },
    }),
  );
}

const read = (cwd: string, path: string) => readFileSync(join(cwd, path), 'utf8');
const configOf = (cwd: string) => parseConfig(read(cwd, 'quantgate.yml'), 'quantgate.yml');

describe('quantgate init', () => {
  it('writes a config for the models and data that are there, and workflows', async () => {
    const { cwd, world, lines } = repository({
      'models/a.onnx': model,
      'models/data/inputs.npy': inputs,
      'models/data/labels.npy': labels,
    });
    expect(await init({}, world)).toBe(0);
    expect(configOf(cwd).models).toMatchObject([
      {
        name: 'a',
        path: 'models/a.onnx',
        calibration: { inputs: 'models/data/inputs.npy', range: [0, 100] },
        evaluation: {
          inputs: 'models/data/inputs.npy',
          labels: 'models/data/labels.npy',
          range: [100, 300],
          metric: { name: 'top1' },
        },
        preprocess: { mean: [0.5], std: [0.5], bgr: false },
      },
    ]);
    expect(read(cwd, 'quantgate.yml')).toMatch(
      /# top1 of \d+(\.\d\d)? % on \d+ samples with x\/255 to \[-1, 1\] \(/,
    );
    expect(read(cwd, '.github/workflows/quantgate.yml')).toContain('merge_group:');
    expect(read(cwd, '.github/workflows/quantgate-report.yml')).toContain('mode: report');
    expect(read(cwd, '.github/workflows/quantgate-command.yml')).toContain('mode: command');
    expect(read(cwd, '.gitignore')).toBe('quantgate-out/\n');
    expect(lines).toContain(
      'models/a.onnx: data models/data/inputs.npy, labels models/data/labels.npy, 4 classes; 100 samples calibrate, 200 decide',
    );
    expect(lines).toContain('wrote quantgate.yml');
    expect(lines.slice(-2)).toEqual([
      'all can be read',
      expect.stringMatching(/^next: look at the data and the budget/),
    ]);
  });

  it('says that no usual preprocessing is any good, and writes none', async () => {
    const { images, ids } = pictures(300);
    const away = {
      ...images,
      type: 'float32' as const,
      data: Float32Array.from(images.data as Uint8Array, (x) => 30 - x / 3),
    };
    const { cwd, world, lines } = repository({
      'm.onnx': model,
      'inputs.npy': npyOf(away),
      'labels.npy': labels,
    });
    await init({}, world);
    expect(configOf(cwd).models[0]!.preprocess).toEqual({ scale: 1, mean: [0], std: [1], bgr: false });
    expect(lines.join('\n')).toMatch(
      /m.onnx: none of \d+ usual preprocessings is better than a guess \(top1 /,
    );
    expect(ids).toHaveLength(300);
  });

  it('writes the targets that are asked for by any name, by their own', async () => {
    const { cwd, world } = repository();
    await init({ target: ['Jetson', 'HTP-V73', 'hexagon'] }, world);
    expect(read(cwd, 'quantgate.yml')).toContain('targets: [tensorrt, { chip: snpe, arch: v73 }, snpe]');
    await expect(init({ target: ['jetsn'] }, world)).rejects.toThrow('did you mean "jetson"?');
  });

  it('writes an example where there is no model', async () => {
    const { cwd, world, lines } = repository();
    await init({}, world);
    expect(configOf(cwd).models).toHaveLength(1);
    expect(lines).toContain('no .onnx file was found: quantgate.yml names an example');
  });

  it('adds a model to a config, whose text stays', async () => {
    const { cwd, world, lines } = repository({ 'a.onnx': model, 'inputs.npy': inputs, 'labels.npy': labels });
    await init({}, world);
    const before = `${read(cwd, 'quantgate.yml')}limits: { memory: 3GB } # ours\n`;
    writeFileSync(join(cwd, 'quantgate.yml'), before);
    mkdirSync(join(cwd, 'b'));
    writeFileSync(join(cwd, 'b/a.onnx'), model);
    lines.length = 0;
    await init({}, world);
    expect(configOf(cwd).models.map(({ name, path }) => [name, path])).toEqual([
      ['a', 'a.onnx'],
      ['a-2', 'b/a.onnx'],
    ]);
    const [head, tail] = before.split('limits:');
    expect(read(cwd, 'quantgate.yml').startsWith(head)).toBe(true);
    expect(read(cwd, 'quantgate.yml').endsWith(`limits:${tail}`)).toBe(true);
    expect(lines.filter((line) => line.startsWith('wrote'))).toEqual(['wrote quantgate.yml']);
  });

  it('leaves alone what is there, unless it is told to write it anew', async () => {
    const own = { '.github/workflows/quantgate.yml': 'name: ours\n', '.gitignore': '/quantgate-out\n' };
    const { cwd, world, lines } = repository({ ...own, 'a.onnx': model, 'inputs.npy': inputs });
    await init({}, world);
    const first = read(cwd, 'quantgate.yml');
    await init({}, world);
    expect(read(cwd, 'quantgate.yml')).toBe(first);
    for (const [path, text] of Object.entries(own)) expect(read(cwd, path)).toBe(text);
    expect(lines).toContain('.github/workflows/quantgate.yml is there already: it stays as it is');
    expect(lines).toContain('quantgate.yml has every model that was found: it stays as it is');
    await init({ force: true }, world);
    expect(read(cwd, '.github/workflows/quantgate.yml')).toContain('merge_group:');
  });

  it('does not write through a link, even with --force, and then writes nothing', async () => {
    const outside = repository({ kept: '' });
    const { cwd, world } = repository();
    mkdirSync(join(cwd, '.github'));
    symlinkSync(outside.cwd, join(cwd, '.github/workflows'));
    await expect(init({ force: true }, world)).rejects.toThrow('a link leads elsewhere');
    expect(readdirSync(cwd).sort()).toEqual(['.git', '.github']);
    expect(readdirSync(outside.cwd).sort()).toEqual(['.git', 'kept']);
  });

  it('writes nothing where what it would look at has to be fetched, and says how', async () => {
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 1\n`;
    for (const [files, line] of [
      [
        { 'm.onnx': pointer },
        'm.onnx is a Git LFS pointer: fetch it with git lfs pull, then run npx --no -- quantgate init again',
      ],
      [
        { 'm.onnx.dvc': 'outs:\n- path: m.onnx\n' },
        'm.onnx is tracked by DVC and not here: fetch it with dvc pull, then',
      ],
      [{ 'm.onnx': model, 'inputs.npy': pointer }, 'm.onnx: inputs.npy is a Git LFS pointer'],
    ] as const) {
      const { cwd, world } = repository(files);
      await expect(init({}, world)).rejects.toThrow(line);
      expect(existsSync(join(cwd, 'quantgate.yml'))).toBe(false);
    }
  });

  it('fetches LFS in the workflow where git gives files to it, and nowhere else', async () => {
    for (const lfs of [true, false]) {
      const { cwd, world } = repository(lfs ? { 'models/.gitattributes': '*.onnx filter=lfs -text\n' } : {});
      await init({}, world);
      expect(read(cwd, '.github/workflows/quantgate.yml').includes('lfs: true')).toBe(lfs);
    }
  });

  it('takes a quantized model for what it is, with the FP32 one beside it', async () => {
    const { cwd, world, lines } = repository({
      'm.onnx': model,
      'm.quant.onnx': quantizedColourModel(),
      'integer.onnx': integerModel(),
      'inputs.npy': inputs,
      'labels.npy': labels,
    });
    await init({}, world);
    expect(configOf(cwd).models.map(({ path, reference }) => [path, reference])).toEqual([
      ['m.onnx', undefined],
      ['m.quant.onnx', 'm.onnx'],
    ]);
    expect(lines.join('\n')).toContain('integer.onnx: is quantized by QLinearMatMul, which is not judged');
  });

  it('measures a detector of a usual layout by mAP, with the annotations of COCO', async () => {
    const files = pngs(pictures(40)).map((png, i) => [`images/${i}.png`, png] as const);
    const images = files.map((_, id) => ({ id, file_name: `${id}.png`, width: 4, height: 4 }));
    const annotations = images.map(({ id }) => ({ image_id: id, category_id: 1, bbox: [0, 0, 2, 2] }));
    const { cwd, world, lines } = repository({
      'm.onnx': detector(),
      ...Object.fromEntries(files),
      'images/images.csv': ['file', ...images.map(({ file_name }) => file_name)].join('\n'),
      'annotations/instances.json': JSON.stringify({
        images,
        annotations,
        categories: [
          { id: 1, name: 'a' },
          { id: 2, name: 'b' },
        ],
      }),
    });
    await init({}, world);
    expect(configOf(cwd).models[0]!.evaluation, lines.join('\n')).toMatchObject({
      labels: 'annotations/instances.json',
      metric: { name: 'map', options: { layout: 'yolov8', size: [4, 4] } },
    });
  });

  it('resizes pictures that are not of the size of the network', async () => {
    const shown = pictures(400);
    const files = pngs(shown, 3).map((png, i) => [`images/${i}.png`, png] as const);
    const list = ['file,label', ...shown.ids.map((id, i) => `${i}.png,${id}`)].join('\n');
    const { cwd, world, lines } = repository({
      'm.onnx': model,
      'images/images.csv': list,
      ...Object.fromEntries(files),
    });
    await init({}, world);
    const { resize, mean } = configOf(cwd).models[0]!.preprocess;
    expect([resize, mean], lines.join('\n')).toEqual([expect.anything(), [0.5]]);
  });

  it('leaves nothing for doctor to find but owners and the commit of a release', async () => {
    const { cwd, world } = repository({ 'a.onnx': model, 'inputs.npy': inputs });
    await init({}, world);
    const found: string[] = [];
    await doctor(
      { check: 'gate' },
      { cwd, print: (line) => found.push(line), github: () => expect.unreachable('doctor asked GitHub') },
    );
    expect(found.filter((line) => !/names no commit yet|has no owner/.test(line))).toEqual([]);
  });
});

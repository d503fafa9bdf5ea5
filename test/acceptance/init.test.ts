import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeNode } from '../../src/onnx/graph.ts';
import { serializeModel } from '../../src/onnx/model.ts';
import type { Report } from '../../src/report/report-schema.ts';
import { arrays, colourModel, pictures, pngs, quantizedColourModel } from '../support/colours.ts';
import { makeModel, random } from '../support/models.ts';
import { runQuantgate } from './command-line.ts';

const shown = pictures(600);
const { inputs, labels } = arrays(shown);
const model = colourModel();
const pngFiles = pngs(shown);
const picture = (i: number) => `${String(i).padStart(3, '0')}.png`;
const listed = Object.fromEntries(pngFiles.map((png, i) => [`data/images/${picture(i)}`, png]));
const list = shown.ids.map((id, i) => `images/${picture(i)},${id}`).join('\n');
const classFolders = Object.fromEntries(
  pngFiles.map((png, i) => [`photos/${shown.ids[i]}/${picture(i)}`, png]),
);
const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 99\n`;

/** Of pictures, with an output that no layout of boxes has. */
const detector = serializeModel(
  makeModel({
    nodes: [makeNode('Conv', ['image', 'w'], ['grid'])],
    inputs: [{ name: 'image', dims: ['N', 3, 4, 4] }],
    outputs: [{ name: 'grid', dims: ['N', 7, 4, 4] }],
    constants: { w: random([7, 3, 1, 1], 3) },
  }),
);
const boxes = JSON.stringify(pngFiles.map(() => [[1, 0, 0, 2, 2]]));

/** A git repository with the given files, and what `init` and then `run` say in it. */
async function firstRun(files: Readonly<Record<string, string | Uint8Array>>) {
  const cwd = mkdtempSync(join(tmpdir(), 'quantgate-first-'));
  onTestFinished(() => rmSync(cwd, { recursive: true, force: true }));
  execFileSync('git', ['init', '-q', '-b', 'main'], { cwd });
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(cwd, dirname(path)), { recursive: true });
    writeFileSync(join(cwd, path), content);
  }
  const at = { cwd, env: { CI: 'true' } };
  const init = await runQuantgate(['init'], at);
  if (!existsSync(join(cwd, 'quantgate.yml'))) return { init, run: undefined, models: [] };
  const run = await runQuantgate(['run'], at);
  const report = JSON.parse(readFileSync(join(cwd, 'quantgate-out/report.json'), 'utf8')) as Report;
  const models = report.models.map(({ name, targets: [first] }) => ({
    name,
    fp32: first && 'metric' in first ? first.metric.fp32 : 0,
  }));
  return { init, run, models };
}

/** The model is right on nearly all of them with the preprocessing that it was trained with, and on few with others. */
const RIGHT = 0.95;

describe('the first verdict after quantgate init', () => {
  it.each<[string, Record<string, string | Uint8Array>, string[]]>([
    ['arrays beside the model', { 'm.onnx': model, 'inputs.npy': inputs, 'labels.npy': labels }, ['m']],
    [
      'a list of pictures',
      { 'models/m.onnx': model, 'data/images.csv': `file,label\n${list}\n`, ...listed },
      ['m'],
    ],
    [
      'two models, each with data of its own',
      {
        'a/m.onnx': model,
        'a/inputs.npy': inputs,
        'a/labels.npy': labels,
        'b/other.onnx': model,
        'b/data/inputs.npy': inputs,
        'b/data/labels.npy': labels,
      },
      ['m', 'other'],
    ],
    [
      'a quantized model beside the FP32 one',
      { 'm.onnx': model, 'm.quant.onnx': quantizedColourModel(), 'inputs.npy': inputs, 'labels.npy': labels },
      ['m', 'm.quant'],
    ],
  ])('of %s is a right one', async (_, files, names) => {
    const { init, run, models } = await firstRun(files);
    expect([init.code, init.stderr]).toEqual([0, '']);
    expect(run!.code, run!.stderr + run!.stdout).toBe(0);
    expect(models.map(({ name }) => name)).toEqual(names);
    for (const { fp32 } of models) expect(fp32).toBeGreaterThan(RIGHT);
  });

  it.each<[string, Record<string, string | Uint8Array>, RegExp]>([
    [
      'a model that Git LFS has',
      { 'm.onnx': pointer, 'inputs.npy': inputs },
      /^quantgate: m.onnx is a Git LFS pointer: fetch it/m,
    ],
    [
      'no data',
      { 'm.onnx': model },
      /^m.onnx: no data were found for its input image of shape \[\?, 3, 4, 4\]/m,
    ],
    [
      'a detector of a layout of its own',
      { 'm.onnx': detector, 'inputs.npy': inputs, 'boxes.json': boxes },
      /^m.onnx: boxes.json has boxes, and these outputs are not read as boxes without being told how/m,
    ],
  ])('of %s is no pass, and a line that says what is missing', async (_, files, line) => {
    const { init } = await firstRun(files);
    expect(init.stdout + init.stderr).toMatch(line);
  });

  it('of a folder for each class is a right one of FP32, whose classes all calibrate', async () => {
    const { init, models } = await firstRun({ 'm.onnx': model, ...classFolders });
    expect(models.map(({ name }) => name)).toEqual(['m']);
    expect(models[0]!.fp32, init.stdout + init.stderr).toBeGreaterThan(RIGHT);
    expect(init.stdout).not.toMatch(/in the order of their classes/);
  });
});

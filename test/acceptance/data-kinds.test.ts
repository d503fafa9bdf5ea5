import { cpSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installedAction } from '../support/installed.ts';
import { jpegs, refusedJpegs } from '../support/pictures.ts';
import { makeProject, type Project } from '../support/project.ts';
import { runQuantgate } from './command-line.ts';
import { type DataKind, pictureKinds, SAMPLES, type Samples, tokenKinds } from './data-kinds.ts';
import { openWorld } from './world.ts';

let project: Project;
beforeAll(async () => {
  project = await makeProject();
});
afterAll(() => project.remove());

const CALIBRATED = 16;

function configOf({ inputs, evaluation }: Pick<DataKind, 'inputs' | 'evaluation'>): string {
  return `version: 1
models:
  - name: tiny
    path: tiny.onnx
    preprocess: { scale: 0.00390625 }
    calibration: { inputs: ${inputs}, range: [0, ${CALIBRATED}] }
    evaluation: { inputs: ${inputs}, range: [${CALIBRATED}, ${SAMPLES}], ${evaluation} }
    targets: [onnxruntime]
    budget: { max-drop: ${/top1|agreement/.test(evaluation) ? '99pp' : 100}, on-inconclusive: pass }
`;
}

function prepare({ model }: Samples, kind: DataKind): string {
  project.write('tiny.onnx', model);
  for (const [name, content] of Object.entries(kind.files)) project.write(name, content);
  const config = configOf(kind);
  project.write('quantgate.yml', config);
  return config;
}

const [pictures, tokens] = [await pictureKinds(), await tokenKinds()];

describe.each([
  ['pictures', pictures, 0],
  ['token ids', tokens, undefined],
] as const)('%s', (_, samples, fp32) => {
  // The first kind is what the others are held against.
  const figures: { fp32: number; quantized: number }[] = [];

  it.each(Object.entries(samples.kinds))(
    'as %s pass through the command line and the Action',
    async (_, kind) => {
      const config = prepare(samples, kind);
      const { code, stdout, stderr } = project.run('run');
      expect(code, stdout + stderr).toBe(0);
      const ofCommandLine = project.report().models[0].targets;
      const [target] = ofCommandLine;
      if (target === undefined || target.verdict === 'error') throw new Error('nothing was judged');
      const { metric } = target;
      expect(metric.samples).toBe(SAMPLES - CALIBRATED);
      if (kind.fp32 !== undefined) expect(metric.fp32).toBe(kind.fp32);
      else {
        figures.push(metric);
        if (fp32 !== undefined) expect(metric.fp32).toBeCloseTo(fp32, 10);
        expect(metric.fp32).toBeCloseTo(figures[0].fp32, 10);
        expect(metric.quantized).toBeCloseTo(figures[0].quantized, 10);
        expect(metric.quantized).not.toBe(metric.fp32);
      }

      const modules = Object.fromEntries(
        (kind.modules ?? []).map((name) => [name, String(kind.files[name])]),
      );
      const world = await openWorld(project, { base: { 'quantgate.yml': config, ...modules } });
      const gated = await world.gate();
      await world.github.close();
      expect(gated.code, gated.log).toBe(0);
      expect(gated.report?.models[0]?.targets).toEqual(ofCommandLine);
    },
  );
});

describe('a JPEG that is not read', () => {
  const listOf = (name: string, file: Uint8Array): DataKind => ({
    inputs: 'pictures/images.csv',
    evaluation: 'metric: agreement',
    files: {
      'pictures/images.csv': ['file', ...Array.from({ length: SAMPLES }, () => name)].join('\n'),
      [`pictures/${name}`]: file,
    },
  });

  it.each(Object.entries(refusedJpegs))('%s is refused with the true reason', async (name, { file, why }) => {
    const config = prepare(pictures, listOf(name, file));
    const line = `pictures/images.csv, line 2: ${name} is not a JPEG that can be read (${why}): save it again with 8 bits per channel, in RGB or grey`;
    const { code, stderr } = project.run('run');
    expect(code).toBe(2);
    expect(stderr).toContain(line);
    const world = await openWorld(project, { base: { 'quantgate.yml': config } });
    const gated = await world.gate();
    await world.github.close();
    expect(gated.said).toContainEqual(expect.stringContaining(line));
  });

  it('is no fault of the file where the decoder itself does not start', async () => {
    prepare(pictures, listOf('baseline.jpg', jpegs['baseline.jpg'].file));
    const broken = join(project.folder, 'broken/node_modules');
    cpSync(dirname(installedAction()), broken, { recursive: true });
    rmSync(join(broken, 'quantgate/dist/chunks/libjpegturbowasm_decode.wasm'));
    const { code, stderr } = await runQuantgate(['run'], {
      cwd: project.folder,
      script: join(broken, 'quantgate/dist/cli.js'),
    });
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /the JPEG decoder of quantgate does not start \(.*libjpegturbowasm_decode\.wasm.*\): install/,
    );
    expect(stderr).not.toContain('save it again');
    expect(stderr).not.toContain('ASSERTIONS');
  });
});

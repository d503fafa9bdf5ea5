import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { serializeModel } from '../../src/onnx/model.ts';
import { addArtifact, addRun } from '../fake-github/build.ts';
import { gateWorkflow } from '../support/action-world.ts';
import { tinyClassifier } from '../support/models.ts';
import { baseConfig, makeProject, type Project } from '../support/project.ts';
import { zipOf } from '../support/zip.ts';
import { match, play } from './scenarios.ts';
import { named, type World } from './world.ts';

const FILE = 'tiny.baseline.json';
const SAMPLES = 400;
const WORKFLOW = '.github/workflows/quantgate.yml';
const DATA = [
  'inputs.npy',
  'labels.npy',
  'tiny.onnx',
  'metric.mjs',
  'helper.mjs',
  'data.mjs',
  'eval.cjs',
  WORKFLOW,
];
let project: Project;
/** What every scenario begins with. */
let good: ReturnType<typeof named>;
/** Of the checkout's own model, as a push has recorded it. */
let baseline: string;

beforeAll(async () => {
  project = await makeProject();
  good = named(project);
  project.run('baseline');
  baseline = readFileSync(join(project.folder, 'quantgate-baseline', FILE), 'utf8');
  project.delete('quantgate-baseline');
});
afterAll(() => project.remove());

/** Writes the checkout of a pull request that changes these files, `null` for those that it removes. */
const checkOut = (files: Readonly<Record<string, string | Uint8Array | null>>) => {
  for (const name of DATA) project.delete(name);
  for (const [name, content] of Object.entries({ ...good, ...files }))
    if (content !== null) project.write(name, content);
};
/** A model that is wrong about most samples: one of its layers has the weights of its classes exchanged. */
const broken = () => {
  const model = tinyClassifier();
  const weights = model.graph!.initializer.find(({ name }) => name === 'w3')!;
  const [rows, columns] = weights.dims.map(Number);
  const values = new Float32Array(rows * columns);
  const given = new Float32Array(Uint8Array.from(weights.rawData).buffer);
  const isByClass = rows === 4;
  const classes = [1, 2, 3, 0];
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const from = isByClass ? classes[row] * columns + column : row * columns + classes[column];
      // Some samples stay right, so that it is worse than main and no failure of its own.
      values[row * columns + column] = 0.55 * given[row * columns + column] + 0.45 * given[from];
    }
  weights.rawData = new Uint8Array(values.buffer);
  return serializeModel(model);
};
/** Labels by which every model is wrong about each second sample. */
const ownLabels = () => {
  const labels = Buffer.from(good['labels.npy'] as Buffer);
  const start = labels.length - 8 * SAMPLES;
  for (let at = start; at < labels.length; at += 16)
    labels.writeBigInt64LE((labels.readBigInt64LE(at) + 1n) % 4n, at);
  return labels;
};
/** Labels of which one that is evaluated is another. */
const oneOther = () => {
  const labels = Buffer.from(good['labels.npy'] as Buffer);
  labels[labels.length - 8] = 3 - labels[labels.length - 8]!;
  return labels;
};
const strict = baseConfig.replace('10pp', '10pp, min-accuracy: 60%');
/** Top1 by a command, in the language of these tests. */
const command = `
  const { readFileSync, writeFileSync } = require('node:fs');
  const folder = process.env.QUANTGATE_FOLDER;
  const { samples } = JSON.parse(readFileSync(folder + '/job.json', 'utf8'));
  const scores = samples.map((_, i) => {
    const own = folder + '/samples/' + String(i).padStart(6, '0') + '/';
    const bytes = readFileSync(own + '0.npy');
    const from = 10 + bytes.readUInt16LE(8);
    const values = [];
    for (let at = from; at < bytes.length; at += 4) values.push(bytes.readFloatLE(at));
    return values.indexOf(Math.max(...values)) === Number(readFileSync(own + 'label.json', 'utf8')) ? 1 : 0;
  });
  writeFileSync(folder + '/scores.json', JSON.stringify({ scores }));
`;
const lyingCommand = command.replace('? 1 : 0', '? 1 : 1');
const commanded = {
  'quantgate.yml': strict.replace('metric: top1', 'metric: { command: node eval.cjs, unit: fraction }'),
  'eval.cjs': command,
};
const begin =
  (
    head: Readonly<Record<string, string | Uint8Array | null>>,
    base: Readonly<Record<string, string | null>> = {},
  ) =>
  () => {
    checkOut({ ...base, ...head });
    return { base: { ...good, 'quantgate.yml': strict, ...base }, head } as never;
  };
const withMetric = strict.replace('metric: top1', 'metric: ./metric.mjs');
const metric = `import { score } from './helper.mjs';
export default { name: 'own', higherIsBetter: true, unit: 'fraction', score };
`;
const honest = `export const score = (outputs, label) => {
  const { data } = outputs.scores;
  return data.indexOf(Math.max(...data)) === Number(label) ? 1 : 0;
};
`;
const lying = 'export const score = () => 1;\n';
const modules = { 'quantgate.yml': withMetric, 'metric.mjs': metric, 'helper.mjs': honest };
/** Node that can say which code is loaded; the Action's own can. */
const canGuard = Number(process.versions.node.split('.')[0]) >= 24;

play(
  {
    'What a pull request brings to be measured with': {
      'does not switch off what a worse model is compared with: one byte of its labels': {
        begin: () =>
          begin({ 'tiny.onnx': broken(), 'labels.npy': oneOther() }, { 'quantgate.yml': baseConfig })(),
        with: (world) => leaveBaseline(world, world.repo.refs.get('heads/main')!),
        code: 1,
        verdict: 'fail',
        check: ({ report }) => {
          expect(report?.models[0].targets.map(({ verdict }) => verdict)).toEqual(['fail', 'fail']);
          expect(report?.models[0].targets[0].reasons[0]).toMatch(/^by training/);
          expect(report?.proposed).toMatchObject({ counts: true });
        },
      },
      'does not judge it where the labels are removed': {
        begin: begin({ 'tiny.onnx': broken(), 'labels.npy': null }),
        code: 1,
        verdict: 'error',
        check: ({ report }) => expect(report?.models[0].targets[0].verdict).toBe('fail'),
      },
      'counts where its own data fail what passes by those of the base': {
        begin: () => begin({ 'labels.npy': ownLabels() })(),
        code: 1,
        verdict: 'fail',
        check: ({ report, summary }) => {
          expect(report?.models[0].targets.map(({ verdict }) => verdict)).toEqual(['pass', 'pass']);
          expect(summary).toContain(
            'The pull request changes what models are measured with. With its own: **fail**',
          );
        },
      },
      'does not switch the baseline off': {
        begin: () => begin({ 'labels.npy': ownLabels() })(),
        with: (world) => leaveBaseline(world, world.repo.refs.get('heads/main')!),
        code: 1,
        verdict: 'fail',
        check: ({ report }) => expect(report?.models[0].baseline.state).toBe('compared'),
      },
      'may be data that leave the verdict as it is': {
        begin: () => begin({ 'labels.npy': otherUnused(good['labels.npy'] as Buffer) })(),
        check: ({ report }) => expect(report?.proposed).toMatchObject({ verdict: 'pass', counts: true }),
      },
    },
    'A pull request that exchanges the model of the configuration': {
      'for one that fails does not pass by the one that is there': {
        begin: begin({
          'quantgate.yml': strict.replace('path: tiny.onnx', 'path: other.onnx'),
          'other.onnx': broken(),
        }),
        code: 1,
        verdict: 'fail',
        check: ({ report }) => {
          expect(report?.models[0].targets.map(({ verdict }) => verdict)).toEqual(['pass', 'pass']);
          expect(report?.proposed).toMatchObject({ verdict: 'fail', counts: true });
        },
      },
    },
    'Code that a pull request brings': {
      'does not run where an unchanged module imports it': {
        begin: begin({ 'tiny.onnx': broken(), 'helper.mjs': lying }, modules),
        code: 1,
        verdict: canGuard ? 'fail' : undefined,
        check: ({ report, log }) => {
          if (canGuard)
            expect(report?.models[0].targets.map(({ verdict }) => verdict)).toEqual(['fail', 'fail']);
          else expect(log).toContain('judge it with Node 22.15 or later');
        },
      },
      'does not run where it is the module': {
        begin: begin(
          { 'tiny.onnx': broken(), 'metric.mjs': metric.replace('./helper', './new'), 'new.mjs': lying },
          modules,
        ),
        code: 1,
        verdict: canGuard ? 'fail' : undefined,
      },
      'does not run where the module of the base imports what the base does not have': {
        begin: begin(
          {
            'tiny.onnx': broken(),
            'node_modules/x/package.json': '{"main":"x.js"}',
            'node_modules/x/x.js': 'exports.score = () => 1;',
          },
          { ...modules, 'metric.mjs': metric.replace("'./helper.mjs'", "'x'") },
        ),
        code: 1,
        verdict: canGuard ? 'error' : undefined,
      },
      'does not run where a command of the base would run it': {
        begin: begin({ 'tiny.onnx': broken(), 'eval.cjs': lyingCommand }, commanded),
        code: 1,
        verdict: 'error',
        check: ({ report }) =>
          expect(report?.models[0].targets[0].reasons[0]).toContain(
            'command "node eval.cjs" does not run: the change changes "eval.cjs"',
          ),
      },
      'does not keep a command of the base from judging a model': {
        begin: begin({ 'tiny.onnx': broken() }, commanded),
        with: ({ project }) => project.write(WORKFLOW, gateWorkflow),
        code: 1,
        verdict: 'fail',
      },
      'does not run where the base has no configuration': {
        begin: begin({ 'tiny.onnx': broken(), ...modules }, { 'quantgate.yml': null }),
        code: 1,
        verdict: undefined,
        says: [
          match(
            /^error: there is no quantgate\.yml of the base .* code of module "\.\/metric\.mjs" does not run/,
          ),
        ],
      },
      'does not run where the configuration of the base is not valid': {
        begin: begin({ 'tiny.onnx': broken(), ...modules }, { 'quantgate.yml': 'version: 0\n' }),
        code: 1,
        verdict: undefined,
        says: [
          match(/^error: quantgate\.yml of the base commit .* is not valid, so nothing is judged by it/),
        ],
      },
      'leaves what the base has to judge': {
        begin: begin({ 'README.md': 'x' }, modules),
      },
    },
    'A baseline': {
      'of a tag that is named like the branch is none': {
        begin: begin({ 'README.md': 'x', 'tiny.onnx': broken() }),
        with: (world) => leaveBaseline(world, world.pull.headSha),
        code: 1,
        verdict: 'fail',
        check: ({ report }) => expect(report?.models[0].baseline.state).toBe('no-baseline-yet'),
      },
    },
    'A head that is proposed to another branch as well': {
      'is not judged, as GitHub keeps one check for both': {
        begin: begin({ 'tiny.onnx': broken() }),
        with: ({ github, repo, pull }) => {
          repo.refs.set('heads/release', repo.refs.get('heads/main')!);
          repo.pulls.push({ ...pull, id: github.state.nextId(), number: 2, base: 'release' });
        },
        code: 1,
        verdict: undefined,
        says: [match(/^error: [0-9a-f]{40} is also proposed to release \(pull request 2\)/)],
      },
      'is judged once that is closed': {
        begin: begin({ 'README.md': 'x' }),
        with: ({ github, repo, pull }) =>
          void repo.pulls.push({
            ...pull,
            id: github.state.nextId(),
            number: 2,
            base: 'release',
            state: 'closed',
          }),
        verdict: 'pass',
      },
    },
  },
  () => project,
);

/** Labels with others for samples that are not evaluated. */
function otherUnused(labels: Buffer): Buffer {
  const changed = Buffer.from(labels);
  changed.writeBigInt64LE(
    3n - changed.readBigInt64LE(changed.length - 8 * SAMPLES),
    changed.length - 8 * SAMPLES,
  );
  return changed;
}

/** The run of a push, named like the base branch, that left a baseline of this commit. */
function leaveBaseline({ github, repo }: World, sha: string): void {
  const run = addRun(github.state, repo, { event: 'push', sha });
  addArtifact(github.state, repo, run, {
    name: 'quantgate-baseline',
    zip: zipOf({ name: FILE, content: baseline }),
  });
}

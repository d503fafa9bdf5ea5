import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { baselineCommand } from '../src/cli/commands/baseline-command.ts';
import { calibrateCommand } from '../src/cli/commands/calibrate-command.ts';
import { evaluateCommand } from '../src/cli/commands/evaluate-command.ts';
import { explainCommand } from '../src/cli/commands/explain-command.ts';
import { runCommand } from '../src/cli/commands/run-command.ts';
import type { World } from '../src/cli/world.ts';
import { serializeModel } from '../src/onnx/model.ts';
import { noise, tinyClassifier } from '../test/support/models.ts';
import { npyOf } from '../test/support/npy.ts';

const SAMPLES = 24;
const CONFIG = `version: 1
models:
  - name: tiny
    path: tiny.onnx
    calibration: { inputs: inputs.npy, range: [0, 8] }
    evaluation: { inputs: inputs.npy, range: [8, 24], metric: agreement }
    targets: [tensorrt, snpe, cambricon, onnxruntime, ncnn, ascend]
    budget: { max-drop: 0.1pp, max-bits-lost: 1 }
`;

/** Files that quantgate itself wrote, by what they are. */
export const sampleFiles = {
  model: 'tiny.onnx',
  report: 'out/report.json',
  baseline: 'baseline/tiny.baseline.json',
  calibration: 'calibration/tiny.1-of-1.calibration.json',
  evaluation: 'evaluation/tiny.1-of-1.evaluation.json',
  explanation: 'explanation/tiny.1-of-1.explanation.json',
  cache: 'out/chips/tiny/tensorrt/calibration.cache',
  qdq: 'out/chips/tiny/tensorrt/model.qdq.onnx',
  encodings: 'out/chips/tiny/snpe/encodings.json',
  parameters: 'out/chips/tiny/cambricon/parameters.json',
  prototxt: 'out/chips/tiny/cambricon/bottom_blobs.prototxt',
  catch: 'out/chips/tiny/cambricon/catch.json',
  magicmind: 'out/chips/tiny/cambricon/magicmind.json',
  ncnn: 'out/chips/tiny/ncnn/ncnn.table',
  ascend: 'out/chips/tiny/ascend/record.txt',
} as const;

export type Samples = Readonly<Record<keyof typeof sampleFiles, Buffer>>;

/** Runs quantgate on a tiny model, so that there is a valid file of each kind that it writes. */
export async function writeSamples(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const data = noise(SAMPLES * 64, 42);
  writeFileSync(join(folder, 'tiny.onnx'), serializeModel(tinyClassifier()));
  writeFileSync(join(folder, 'inputs.npy'), npyOf({ type: 'float32', dims: [SAMPLES, 1, 8, 8], data }));
  writeFileSync(join(folder, 'quantgate.yml'), CONFIG);
  const world: World = {
    cwd: folder,
    progress: { begin: () => ({ advance: () => {}, end: () => {} }) },
    signal: new AbortController().signal,
    tell: () => {},
    loudness: 'quiet',
    terminal: undefined,
    print: () => {},
    show: () => {},
    complain: () => {},
    github: () => {
      throw new Error('samples need no GitHub');
    },
  };
  const options = (out: string) => ({ config: 'quantgate.yml', out });
  await baselineCommand(options('baseline'), world);
  await calibrateCommand({ ...options('calibration'), shard: '1/1' }, world);
  await evaluateCommand({ ...options('evaluation'), shard: '1/1' }, world);
  await explainCommand({ ...options('explanation'), shard: '1/1' }, world);
  await runCommand({ ...options('out'), baseline: 'baseline' }, world);
}

export function readSamples(folder: string): Samples {
  const files = Object.entries(sampleFiles).map(([kind, path]) => [kind, readFileSync(join(folder, path))]);
  return Object.fromEntries(files);
}

import { type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ModelProto } from '../../src/onnx/gen/onnx_pb.ts';
import { serializeModel } from '../../src/onnx/model.ts';
import type { Report } from '../../src/report/report-schema.ts';
import { startRuntime } from '../../src/runtime/runtime.ts';
import { installedCli } from './installed.ts';
import { noise, tinyClassifier } from './models.ts';
import { npyOf } from './npy.ts';

const SAMPLES = 400;

/** A user's repository in a temporary folder: a model, its data, a quantgate.yml, and a private TMPDIR. */
export interface Project {
  readonly folder: string;
  write(name: string, content: string | Uint8Array): void;
  read(name: string): string;
  delete(name: string): void;
  report(out?: string): Report;
  /** What is left in the private folder for temporary files. */
  leftovers(): string[];
  run(...args: string[]): { code: number | null; stdout: string; stderr: string };
  /** Starts the command line and calls `onLine` for each line on stderr. */
  start(
    args: readonly string[],
    onLine: (line: string, kill: (signal: NodeJS.Signals) => void) => void,
  ): Promise<{ code: number | null; stderr: string }>;
  remove(): void;
}

export const baseConfig = `version: 1
models:
  - name: tiny
    path: tiny.onnx
    calibration: { inputs: inputs.npy, range: [0, 100] }
    evaluation: { inputs: inputs.npy, range: [100, 400], labels: labels.npy, metric: top1 }
    targets: [tensorrt, onnxruntime]
    budget: { max-drop: 10pp }
`;

export async function makeProject(model: ModelProto = tinyClassifier()): Promise<Project> {
  const folder = mkdtempSync(join(tmpdir(), 'quantgate-project-'));
  const temporary = join(folder, 'tmp');
  mkdirSync(temporary);
  const write = (name: string, content: string | Uint8Array) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  };
  const inputs = noise(SAMPLES * 64, 42);
  write('tiny.onnx', serializeModel(model));
  write('inputs.npy', npyOf({ type: 'float32', dims: [SAMPLES, 1, 8, 8], data: inputs }));
  write('labels.npy', npyOf({ type: 'int64', dims: [SAMPLES], data: await labelsOf(inputs) }));
  write('quantgate.yml', baseConfig);
  const options = {
    cwd: folder,
    encoding: 'utf8' as const,
    env: { PATH: process.env.PATH, HOME: folder, TMPDIR: temporary, CI: 'true' },
  };
  return {
    folder,
    write,
    read: (name) => readFileSync(join(folder, name), 'utf8'),
    delete: (name) => rmSync(join(folder, name), { recursive: true, force: true }),
    report: (out = 'quantgate-out') => JSON.parse(readFileSync(join(folder, out, 'report.json'), 'utf8')),
    leftovers: () => readdirSync(temporary),
    run(...args) {
      const { status, stdout, stderr } = spawnSync(process.execPath, [installedCli(), ...args], options);
      return { code: status, stdout, stderr };
    },
    start: (args, onLine) => started([installedCli(), ...args], options, onLine),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function started(args: string[], options: SpawnOptions, onLine: Parameters<Project['start']>[1]) {
  return new Promise<{ code: number | null; stderr: string }>((done) => {
    const child = spawn(process.execPath, args, options);
    let stderr = '';
    child.stderr!.on('data', (chunk: Buffer) => {
      stderr += chunk;
      onLine(String(chunk), (signal) => child.kill(signal));
    });
    child.on('close', (code) => done({ code, stderr }));
  });
}

/** The classes that the FP32 model itself gives, so that its accuracy is 1. */
async function labelsOf(inputs: Float32Array): Promise<BigInt64Array> {
  const runtime = await startRuntime('cpu');
  const session = await runtime.open(serializeModel(tinyClassifier()), { optimize: 'float' });
  const { scores } = await session.run({
    image: { type: 'float32', dims: [SAMPLES, 1, 8, 8], data: inputs },
  });
  await session.close();
  const data = scores.data as Float32Array;
  return BigInt64Array.from({ length: SAMPLES }, (_, i) => {
    const row = data.subarray(4 * i, 4 * i + 4);
    return BigInt(row.indexOf(Math.max(...row)));
  });
}

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { parseNpyHeader } from '../src/data/npy-header.ts';
import type { Sample } from '../src/data/sample.ts';
import { tryJson } from '../src/json.ts';
import type { Outputs } from '../src/metrics/metric.ts';
import { arrayOf, type Tensor } from '../src/numerics/tensor.ts';
import { npyOf } from '../test/support/npy.ts';

/** What a consumer is to run. Names of inputs and outputs are in the model's order. */
export interface Task {
  readonly chip: string;
  /** Absolute paths of the FP32 model, of the chip's folder, and of the Q/DQ model. */
  readonly model: string;
  readonly files: string;
  readonly qdq: string | null;
  readonly inputs: readonly { readonly name: string; readonly type: string }[];
  readonly outputs: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
}

const lastLine = z.object({
  library: z.string(),
  version: z.string(),
  shown: z.array(z.string()),
  notes: z.array(z.string()),
});
export type Shown = z.infer<typeof lastLine>;

/** Writes a job's folder: its samples, and what is to be done with them. */
export function writeJob(
  folder: string,
  task: Task,
  { samples, calibration }: { readonly samples: readonly Sample[]; readonly calibration: readonly Sample[] },
): void {
  const write = (kind: string, all: readonly Sample[]) => {
    for (const [index, { inputs }] of all.entries()) {
      const place = join(folder, kind, padded(index));
      mkdirSync(place, { recursive: true });
      for (const [i, { name }] of task.inputs.entries())
        writeFileSync(join(place, `${i}.npy`), npyOf(inputs[name]));
    }
  };
  write('samples', samples);
  write('calibration', calibration);
  const job = { version: 1, ...task, samples: samples.length, calibration: calibration.length };
  writeFileSync(join(folder, 'job.json'), JSON.stringify(job));
}

/** Runs a consumer by a Python on a job. @throws Error with what it says last when it fails */
export function consume(python: string, chip: string, folder: string): Shown {
  const script = join(import.meta.dirname, '../consumers', `${chip}.py`);
  const { status, stdout, stderr } = spawnSync(python, [script, folder], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  const last = (text: string | null) => (text ?? '').trim().split('\n').at(-1)!;
  const shown = status === 0 ? tryJson(last(stdout), lastLine) : undefined;
  if (shown === undefined) throw new Error(last(stderr) || `${python} ended with ${status}`);
  return shown;
}

/** The outputs of one sample that a consumer has shown. */
export function resultOf(folder: string, index: number, names: readonly string[]): Outputs {
  const place = join(folder, 'results', padded(index));
  return Object.fromEntries(
    names.flatMap((name, i) => {
      const path = join(place, `${i}.npy`);
      return existsSync(path) ? [[name, tensorOf(path)] as const] : [];
    }),
  );
}

function tensorOf(path: string): Tensor {
  const bytes = new Uint8Array(readFileSync(path));
  const { type, shape, offset } = parseNpyHeader(bytes, path);
  return { type, dims: shape, data: new (arrayOf(type))(bytes.slice(offset).buffer) };
}

const padded = (index: number) => String(index).padStart(6, '0');

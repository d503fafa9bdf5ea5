import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { npyTensor } from '../../src/data/npy-tensor.ts';
import { npyBytes } from '../../src/data/write-npy.ts';
import { top1 } from '../../src/metrics/top1.ts';
import { runJob } from '../../src/pipeline/verify/consumer.ts';
import { deviceOutputs } from '../../src/pipeline/verify/device-outputs.ts';
import { readDeviceMetrics } from '../../src/verification/device-metrics.ts';
import { floats } from '../../test/support/models.ts';
import { type FuzzTarget, textTarget } from '../target.ts';
import { scratch, scratchFile } from './scratch.ts';

const output = floats([1, 2], [1, 2]);
const none = { folder: scratch, count: 0, samples: 0 };

/** What vendors' libraries, and devices, have made of a model. */
export function elsewhereTargets(): FuzzTarget[] {
  return [
    {
      name: 'output-npy',
      seeds: [npyBytes(output)],
      tokens: ["'descr'", "'>f8'", "'shape'", '(2, 1)', '()'],
      run: (bytes) => npyTensor(bytes, 'y.npy'),
    },
    textTarget({
      name: 'output-trtexec',
      seeds: ['[{"name":"y","dimensions":"1x2","values":[0.5,-1e-05]}]'],
      tokens: ['"name":', '"dimensions":', '"values":', '1x2', '1e999', '__proto__'],
      run: async (text) => {
        const folder = join(scratch, 'device');
        mkdirSync(folder, { recursive: true });
        scratchFile('device/000000.json', text);
        const outputs = await deviceOutputs(folder, 'device', ['y'], 1);
        await outputs(0, { y: output });
      },
    }),
    textTarget({
      name: 'device-metrics',
      seeds: ['{ "top1": 0.91, "samples": 400, "library": "SNPE", "version": "2.31" }'],
      tokens: ['"top1":', '"samples":', '"library":', '__proto__', '1e999'],
      run: (text) => readDeviceMetrics(text, top1, 'm.json'),
    }),
    textTarget({
      name: 'consumer',
      seeds: ['{ "library": "OpenVINO", "version": "1", "shown": ["y"], "notes": ["n"] }'],
      tokens: ['"library":', '"shown":', '"notes":', '\n', '__proto__'],
      run: async (text) => {
        const folder = join(scratch, 'job');
        rmSync(folder, { recursive: true, force: true });
        const job = { chip: 'c', model: 'm', files: 'f', qdq: null, inputs: [], options: {}, outputs: ['y'] };
        const run = async () => ({ code: 0, stdout: `said\n${text}\n`, stderr: '' });
        await runJob('c', job, { folder, samples: none, calibration: none, run, advance: () => {} });
      },
    }),
  ];
}

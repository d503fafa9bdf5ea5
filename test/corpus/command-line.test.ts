import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { corpusFile } from '../support/corpus.ts';
import { installedCli } from '../support/installed.ts';

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'quantgate-corpus-'));
  for (const file of ['model.onnx', 'inputs.npy', 'labels.npy'])
    cpSync(corpusFile('kws-dscnn', file), join(folder, file));
  cpSync(corpusFile('resnet20-cifar10', 'model.onnx'), join(folder, 'resnet.onnx'));
  writeFileSync(
    join(folder, 'resnet.npy'),
    timesThree(readFileSync(corpusFile('resnet20-cifar10', 'inputs.npy'))),
  );
  writeFileSync(join(folder, 'quantgate.yml'), config);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const config = `version: 1
models:
  - name: kws
    path: model.onnx
    preprocess: { scale: 0.5847029, mean: [48.5303407], std: [1] }
    calibration: { inputs: inputs.npy, range: [0, 100] }
    evaluation: { inputs: inputs.npy, range: [100, 400], labels: labels.npy, metric: top1 }
    targets: [tensorrt, snpe, cambricon, onnxruntime]
    budget: { max-drop: 10pp }
`;

/** The samples of a .npy file, three times over. */
function timesThree(npy: Buffer): Buffer {
  const data = 10 + npy.readUInt16LE(8);
  const header = npy.toString('latin1', 0, data).replace('(2500,', '(7500,');
  return Buffer.concat([Buffer.from(header, 'latin1'), ...Array<Buffer>(3).fill(npy.subarray(data))]);
}

/** Larger activations than kws-dscnn's, so that garbage is collected in any run. */
function resnetConfig(calibrationSamples: number): string {
  return `version: 1
models:
  - name: resnet
    path: resnet.onnx
    preprocess: { scale: 0.0039, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }
    calibration: { inputs: resnet.npy, range: [0, ${calibrationSamples}] }
    evaluation: { inputs: resnet.npy, range: [0, 10] }
    targets: [tensorrt, snpe, cambricon, onnxruntime]
    budget: { max-drop: 2.0pp }
`;
}

/** Is loaded first, by the process that measures as well. */
const tellPeak = `data:text/javascript,${encodeURIComponent(
  "process.on('exit', () => console.error('peak', process.resourceUsage().maxRSS));",
)}`;

/** Runs the command line and gives the peak memory in KiB of the process that measures. */
function quantgate(...args: string[]): { code: number | null; peak: number; stderr: string } {
  const result = spawnSync(process.execPath, ['--import', tellPeak, installedCli(), ...args], {
    cwd: folder,
    encoding: 'utf8',
  });
  const peaks = [...result.stderr.matchAll(/peak (\d+)/g)].map(([, peak]) => Number(peak));
  return { code: result.status, stderr: result.stderr, peak: Math.max(...peaks) };
}

function peakOf(...args: string[]): number {
  const { code, peak, stderr } = quantgate(...args);
  expect(code, stderr).toBe(0);
  return peak;
}

function reportOf(out: string): string {
  const { times: _, ...rest } = JSON.parse(readFileSync(join(folder, out, 'report.json'), 'utf8'));
  return JSON.stringify(rest);
}

describe('the command line on kws-dscnn', () => {
  beforeAll(() => {
    expect(quantgate('run', '-o', 'once').code).toBe(0);
  });

  it('gives the same report twice, and from 1, 2 and 3 shards in any order', () => {
    quantgate('run', '-o', 'twice');
    expect(reportOf('twice')).toBe(reportOf('once'));
    for (const shards of [1, 2, 3]) {
      const files = Array.from({ length: shards }, (_, i) => {
        quantgate('calibrate', '-s', `${i + 1}/${shards}`, '-o', 'shards');
        return `shards/kws.${i + 1}-of-${shards}.calibration.json`;
      });
      quantgate('run', '-o', 'merged', '--calibration', ...files.reverse());
      expect(reportOf('merged'), `${shards} shards`).toBe(reportOf('once'));
    }
  });

  it('takes the FP32 side from a stored baseline, with the same verdict', () => {
    expect(quantgate('baseline', '-o', 'baseline').code).toBe(0);
    quantgate('run', '-o', 'with', '-b', 'baseline');
    const [without, compared] = ['once', 'with'].map((out) =>
      JSON.parse(readFileSync(join(folder, out, 'report.json'), 'utf8')),
    );
    expect(compared.models[0].baseline.state).toBe('compared');
    // What FP32 predicted of a sample is not stored: its scores are.
    for (const { base, worstSamples: _, ...target } of compared.models[0].targets) {
      const { worstSamples: __, ...alone } = without.models[0].targets.find(
        (each: { target: string }) => each.target === target.target,
      );
      expect(target).toEqual(alone);
      expect(base.onChip).toMatchObject({ drop: 0, verdict: 'pass', against: 'int8' });
    }
    expect(Object.keys(without.times.seconds)).toContain('kws/fp32');
    expect(Object.keys(compared.times.seconds)).not.toContain('kws/fp32');
  });

  it('needs no more memory for more calibration samples', () => {
    const [few, many] = [1000, 6000] as const;
    for (const samples of [few, many]) writeFileSync(join(folder, `${samples}.yml`), resnetConfig(samples));
    const peak = (samples: number) => peakOf('calibrate', '-c', `${samples}.yml`, '-o', 'memory');
    const grown = () => (peak(many) - peak(few)) / (many - few);
    // When garbage is collected, and when threads grow to their size, is chance: 100 MB. One tensor of each sample is 64 KiB.
    const most = 20;
    const kib = grown();
    expect(kib <= most ? kib : grown(), 'KiB for each sample more').toBeLessThanOrEqual(most);
  });
});

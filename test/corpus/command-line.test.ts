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
  for (const file of ['model.onnx', 'inputs.npy'])
    cpSync(corpusFile('resnet20-cifar10', file), join(folder, `resnet-${file}`));
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

/** Larger activations than kws-dscnn's, so that garbage is collected in any run. */
function resnetConfig(calibrationSamples: number): string {
  return `version: 1
models:
  - name: resnet
    path: resnet-model.onnx
    preprocess: { scale: 0.0039, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }
    calibration: { inputs: resnet-inputs.npy, range: [0, ${calibrationSamples}] }
    evaluation: { inputs: resnet-inputs.npy, range: [0, 10] }
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
    const counts = [500, 1500, 2500];
    for (const samples of counts) writeFileSync(join(folder, `${samples}.yml`), resnetConfig(samples));
    const peaks = () => counts.map((samples) => peakOf('calibrate', '-c', `${samples}.yml`, '-o', 'memory'));
    // Threads and V8's young generation grow to their size in the first seconds.
    const isFlat = ([few, many, most]: readonly number[]) => most! <= 1.25 * few! && most! <= 1.1 * many!;
    let least = peaks();
    // When garbage is collected is chance: what is needed is the least of some runs.
    for (let runs = 1; runs < 3 && !isFlat(least); runs++) {
      const again = peaks();
      least = least.map((peak, i) => Math.min(peak, again[i]!));
    }
    expect(isFlat(least), `KiB for ${counts.join(', ')} samples: ${least.join(', ')}`).toBe(true);
  });
});

import { describe, expect, it } from 'vitest';
import { corpusProject } from './gated.ts';

const shardsOf = (kind: string, count: number) =>
  Array.from({ length: count }, (_, i) => `shards/kws-dscnn.${i + 1}-of-${count}.${kind}.json`);

describe('two shards of calibration and three of evaluation', () => {
  // Every bit of an output shows in kl, and samples run in batches of 16.
  it.each([
    ['top1', '50pp'],
    ['kl', 1],
  ])('give the report of one runner, bit for bit: %s', (metric, maxDrop) => {
    const project = corpusProject('kws-dscnn', ['tensorrt', 'onnxruntime'], {
      metric,
      maxDrop,
      calibration: [0, 50],
      evaluation: [100, 600],
    });
    try {
      project.run('run', '-o', 'whole');
      for (const shard of ['2/2', '1/2']) project.run('calibrate', '-s', shard, '-o', 'shards');
      const calibrations = shardsOf('calibration', 2).reverse();
      for (const shard of ['3/3', '1/3', '2/3'])
        project.run('evaluate', '-s', shard, '-o', 'shards', '--calibration', ...calibrations);
      const evaluations = shardsOf('evaluation', 3).reverse();
      project.run('run', '-o', 'merged', '--calibration', ...calibrations, '--evaluation', ...evaluations);
      const withoutTimes = (out: string) => ({ ...project.report(out), times: undefined });
      expect(withoutTimes('merged')).toEqual(withoutTimes('whole'));
    } finally {
      project.remove();
    }
  });
});

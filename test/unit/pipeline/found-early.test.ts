import { describe, expect, it } from 'vitest';
import type { Config } from '../../../src/config/config.ts';
import { judgeModels } from '../../../src/pipeline/judge-models.ts';
import { random } from '../../support/models.ts';
import { npyOf } from '../../support/npy.ts';
import { type Changes, configOf, staged } from '../../support/staged.ts';

/** What a gate ends with, and the stages that it had begun. */
async function gated(models: readonly Changes[], files: Readonly<Record<string, string | Uint8Array>> = {}) {
  const { context, shown } = await staged({}, undefined, files);
  const config: Pick<Config, 'provider' | 'models'> = { provider: 'cpu', models: models.map(configOf) };
  const input = {
    config,
    baselines: undefined,
    shards: new Map(),
    commit: null,
    date: new Date(0),
    writeChipFile: async () => {},
  };
  const report = await judgeModels(input, context);
  const [error] = report.models.flatMap(({ targets }) =>
    targets.flatMap(({ verdict, reasons }) => (verdict === 'error' ? reasons : [])),
  );
  return { error, report, stages: shown.map(({ stage }) => stage) };
}

const labels = { 'few.npy': npyOf({ type: 'int64', dims: [3], data: BigInt64Array.of(0n, 1n, 2n) }) };
const modules = {
  'x.mjs': `export default async function* () {
    yield { inputs: { x: { type: 'float32', dims: [1, 8], data: new Float32Array(8) } } };
  }`,
  'none.mjs': 'export default async function* () {}',
};
const two = npyOf(random([2, 8]));

describe('before anything is calibrated', () => {
  it.each<[string, Changes, RegExp]>([
    ['missing calibration data', { calibration: { inputs: 'no.npy' } }, /^no\.npy does not exist in .*: check the path/],
    ['missing evaluation data', { evaluation: { inputs: 'no.npy' } }, /^no\.npy does not exist in .*: check the path/],
    ['labels of another kind', { evaluation: { inputs: 'x.npy', labels: 'x.npy', metric: 'top1' } }, /^m: metric top1, sample 0: label of type float32, shape \[1,8\], is not a class id: give evaluation\.labels of one whole number a sample/],
    ['missing labels', { evaluation: { inputs: 'x.npy', labels: 'no.npy', metric: 'top1' } }, /^no\.npy does not exist/],
    ['a calibration range beyond the samples', { calibration: { inputs: 'two.npy', range: [0, 3] } }, /^two\.npy has 2 samples, range \[0, 3\] needs 3/],
    ['an evaluation range beyond the samples', { evaluation: { inputs: 'two.npy', range: [1, 9] } }, /^two\.npy has 2 samples, range \[1, 9\] needs 9/],
    ['too few labels', { evaluation: { inputs: 'x.npy', labels: 'few.npy', metric: 'top1' } }, /^few\.npy has 3 labels, x\.npy has 72 samples/],
    ['no labels', { evaluation: { inputs: 'x.npy', metric: 'top1' } }, /^m: metric top1 needs labels, the evaluation data have none: name them in evaluation\.labels$/],
    ['a module without labels', { evaluation: { inputs: 'x.mjs', metric: 'top1' } }, /^m: metric top1 needs labels, evaluation sample 0 has none: give each sample one$/],
    ['a module without samples', { evaluation: { inputs: 'none.mjs', metric: 'agreement' } }, /^m: the evaluation data hold no samples: give some$/],
    ['evaluation data of another shape', { evaluation: { inputs: 'narrow.npy' } }, /^narrow\.npy, sample 0 has shape \[7\], input "x" takes/],
  ])('%s are told', async (_, changes, message) => {
    const { error, stages } = await gated([changes], { ...labels, ...modules, 'two.npy': two, 'narrow.npy': npyOf(random([2, 7])) });
    expect(error).toMatch(message);
    expect(stages).toEqual([]);
  }); // biome-ignore format: a table

  it('files that one of the models lacks are told, and the others are judged', async () => {
    const { error, report } = await gated([{}, { name: 'second', path: 'no.onnx' }]);
    expect(error).toMatch(/^no\.onnx does not exist/);
    expect(report.models.map(({ targets: [{ verdict }] }) => verdict === 'error')).toEqual([false, true]);
  });
});

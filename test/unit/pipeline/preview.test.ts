import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { previewModel } from '../../../src/pipeline/preview.ts';
import { npyOf } from '../../support/npy.ts';
import { CALIBRATING, type Changes, SAMPLES, staged } from '../../support/staged.ts';

async function previewed(changes: Changes = {}, files: Readonly<Record<string, string | Uint8Array>> = {}) {
  const { config, context, folder, shown } = await staged(changes, undefined, files);
  const before = readdirSync(folder);
  const preview = await previewModel(config, context);
  expect(readdirSync(folder)).toEqual(before);
  expect(shown).toEqual([]);
  return preview;
}

const labels = npyOf({ type: 'int64', dims: [SAMPLES], data: new BigInt64Array(SAMPLES) });

describe('the preview of a model', () => {
  it('has its targets, its samples and about how long it takes, and writes nothing', async () => {
    const evaluation = { inputs: 'x.npy', range: [CALIBRATING, SAMPLES], labels: 'l.npy', metric: 'top1' };
    const { seconds, ...preview } = await previewed(
      { targets: ['tensorrt', 'snpe'], evaluation },
      { 'l.npy': labels },
    );
    expect(preview).toEqual({
      name: 'm',
      path: 'model.onnx',
      targets: ['tensorrt', 'snpe'],
      calibration: { inputs: ['x.npy'], isFound: true, samples: CALIBRATING },
      evaluation: {
        inputs: ['x.npy'],
        isFound: true,
        samples: SAMPLES - CALIBRATING,
        labels: 'l.npy',
        metric: 'top1',
      },
      problems: [],
      recoverMinutes: 10,
    });
    expect(seconds).toBeGreaterThan(0);
  });

  it('has a line for each file that is missing, and still counts the samples of the others', async () => {
    const { problems, calibration, evaluation, seconds } = await previewed({
      evaluation: { inputs: 'no.npy', labels: 'none.npy', metric: 'top1' },
    });
    expect(problems).toEqual([
      expect.stringMatching(/^no\.npy does not exist in .*: check the path, or fetch the data first$/),
      expect.stringMatching(/^none\.npy does not exist in/),
    ]);
    expect(calibration.samples).toBe(CALIBRATING);
    expect(evaluation).toMatchObject({ isFound: false, samples: undefined });
    expect(seconds).toBeUndefined();
  });

  it('says of a missing model that, and nothing of samples', async () => {
    const { problems, calibration } = await previewed({ path: 'no.onnx' });
    expect(problems).toEqual([expect.stringMatching(/^no\.onnx does not exist/)]);
    expect(calibration).toEqual({ inputs: ['x.npy'], isFound: true, samples: undefined });
  });

  it('names what the data lack once', async () => {
    const { problems } = await previewed({ calibration: { inputs: 'x.npy', range: [0, SAMPLES + 1] } });
    expect(problems).toEqual([expect.stringMatching(/^x\.npy has 72 samples, range \[0, 73\] needs 73/)]);
    const unlabelled = await previewed({ evaluation: { inputs: 'x.npy', metric: 'top1' } });
    expect(unlabelled.problems).toEqual([expect.stringMatching(/^m: metric top1 needs labels/)]);
  });

  it('does not tell the time of a module that has no range, nor the minutes of a recovery that is off', async () => {
    const module = `export default async function* () {
      yield { inputs: { x: { type: 'float32', dims: [1, 8], data: new Float32Array(8) } } };
    }`;
    const { evaluation, seconds, problems, recoverMinutes } = await previewed(
      { evaluation: { inputs: 'x.mjs', metric: 'agreement' }, recover: { when: 'off' } },
      { 'x.mjs': module },
    );
    expect(problems).toEqual([]);
    expect(evaluation.samples).toBeUndefined();
    expect(seconds).toBeUndefined();
    expect(recoverMinutes).toBe(0);
  });
});

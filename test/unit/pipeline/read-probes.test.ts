import { beforeAll, describe, expect, it } from 'vitest';
import { openSamples } from '../../../src/pipeline/open-samples.ts';
import type { Prepared } from '../../../src/pipeline/prepare.ts';
import { readProbes } from '../../../src/pipeline/read-probes.ts';
import { CALIBRATING, prepared, SAMPLES, type Staged } from '../../support/staged.ts';

let stage: Staged & { prepared: Prepared };
beforeAll(async () => {
  stage = await prepared();
});

const EVALUATED = SAMPLES - CALIBRATING;
type Ranges = [[number, number], ...[number, number][]];
const probes = (ranges: Ranges, evaluated = EVALUATED, ready = stage.prepared) =>
  readProbes(ready, { ranges }, evaluated, stage.context);
const evaluating = (evaluation: Readonly<Record<string, unknown>>): Prepared => {
  const { config } = stage.prepared;
  return { ...stage.prepared, config: { ...config, evaluation: { ...config.evaluation, ...evaluation } } };
};

const inOrder = (batches: readonly { readonly indices: readonly number[] }[]) =>
  batches.flatMap(({ indices }) => indices).toSorted((a, b) => a - b);

describe('the probes', () => {
  it('are eight evaluation samples, far apart from the first two on, two in a batch', async () => {
    const { batches, samples, seenInCalibration } = await probes([[0, CALIBRATING]]);
    expect(samples).toBe(8);
    expect(seenInCalibration).toBe(false);
    expect(batches.map(({ indices }) => indices)).toEqual([
      [42, 58],
      [50, 66],
      [46, 54],
      [62, 70],
    ]);
    const single = { ...stage.prepared, batchSize: 1 };
    expect((await probes([[0, CALIBRATING]], EVALUATED, single)).batches).toHaveLength(8);
  });

  it('hold the values of their samples', async () => {
    const { batches } = await probes([[0, CALIBRATING]]);
    const { config } = stage.prepared;
    const dataset = await openSamples(config.evaluation, stage.prepared, stage.context.place, [58, 59]);
    for await (const { inputs } of dataset.samples())
      expect(batches[0].inputs.x.data.slice(8, 16)).toEqual(inputs.x.data);
    await dataset.close();
  });

  it('did not calibrate, also where the calibration came in pieces', async () => {
    const { batches } = await probes([
      [0, 20],
      [20, 64],
    ]);
    expect(inOrder(batches)).toEqual([64, 65, 66, 67, 68, 69, 70, 71]);
  });

  it('are any evaluation samples where all calibrate, and that is said', async () => {
    const { samples, seenInCalibration } = await probes([[0, SAMPLES]]);
    expect(samples).toBe(8);
    expect(seenInCalibration).toBe(true);
  });

  it('may have the indices of calibration samples where those are of other files', async () => {
    const whole = evaluating({ range: undefined });
    const calibration = { ...whole.config.calibration, inputs: 'y.npy' };
    const elsewhere = { ...whole, config: { ...whole.config, calibration } };
    const { batches, seenInCalibration } = await probes([[0, SAMPLES]], SAMPLES, elsewhere);
    expect(seenInCalibration).toBe(false);
    expect(batches[0].indices[0]).toBe(4);
  });

  it('are of the same files where both name them by input', async () => {
    const ready = evaluating({ inputs: new Map([['x', 'x.npy']]) });
    const calibration = { ...ready.config.calibration, inputs: new Map([['x', 'x.npy']]) };
    const same = { ...ready, config: { ...ready.config, calibration } };
    expect((await probes([[0, SAMPLES]], EVALUATED, same)).seenInCalibration).toBe(true);
    const other = { ...calibration, inputs: new Map([['x', 'y.npy']]) };
    const differ = { ...ready, config: { ...ready.config, calibration: other } };
    expect((await probes([[0, SAMPLES]], EVALUATED, differ)).seenInCalibration).toBe(false);
  });

  it('are of the same files however these are written', async () => {
    for (const inputs of [new Map([['x', 'x.npy']]), './x.npy'])
      expect((await probes([[0, SAMPLES]], EVALUATED, evaluating({ inputs }))).seenInCalibration).toBe(true);
  });

  it.each<[number, Ranges, number]>([
    [0, [[0, CALIBRATING]], EVALUATED],
    [1, [[0, CALIBRATING + 1]], EVALUATED],
    [5, [[10, 42], [50, 53]], EVALUATED],
    [3, [[0, SAMPLES]], 3],
  ])('tell that %i of them calibrate, too', async (count, ranges, evaluated) => {
    expect((await probes(ranges, evaluated)).calibrating).toBe(count);
    const { config } = stage.prepared;
    const calibration = { ...config.calibration, inputs: 'y.npy' };
    const other = { ...stage.prepared, config: { ...config, calibration } };
    expect((await probes(ranges, evaluated, other)).calibrating).toBe(0);
  }); // biome-ignore format: a table

  it('begin with the first sample of the file where there is no range', async () => {
    const all = evaluating({ range: undefined });
    expect(inOrder((await probes([[0, 0]], 8, all)).batches)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });
});

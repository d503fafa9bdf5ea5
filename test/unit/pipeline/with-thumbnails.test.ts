import { encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import type { Prepared } from '../../../src/pipeline/prepare.ts';
import { withThumbnails } from '../../../src/pipeline/with-thumbnails.ts';
import { parseReport } from '../../../src/report/parse.ts';
import { passing, sampleReport } from '../../support/sample-reports.ts';
import { configOf } from '../../support/staged.ts';
import { folderWith, within } from '../data/folder.ts';

const png = encode({ width: 2, height: 2, channels: 3, data: new Uint8Array(12).fill(9) });
const files = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`d/${10 + i}.png`, png]));
const worst = Array.from({ length: 20 }, (_, i) => ({
  sample: 19 - i,
  fp32: { score: 1 },
  int8: { score: 0 },
}));
const report = sampleReport([{ ...passing, worstSamples: worst }, passing]);
const [model] = report.models;
const inputs = [{ name: 'image', type: 'float32', dims: [null, 3, 2, 2] }];

async function shown(thumbnails: boolean) {
  const config = configOf();
  const prepared = {
    config: { ...config, evaluation: { ...config.evaluation, inputs: 'd', thumbnails } },
    model: { inputs },
  } as unknown as Prepared;
  return withThumbnails(model, prepared, within(await folderWith(files)));
}

describe('thumbnails of the worst samples', () => {
  it('are of twelve at most, and the report takes them', async () => {
    const found = await shown(true);
    const [first] = parseReport({ ...report, models: [found] }).models[0].targets;
    const samples = 'worstSamples' in first ? first.worstSamples! : [];
    expect(samples.map(({ thumbnail }) => thumbnail !== undefined)).toEqual([
      ...Array(12).fill(true),
      ...Array(8).fill(false),
    ]);
    expect(samples.map(({ thumbnail: _, ...rest }) => rest)).toEqual(worst);
  });

  it('are not in the report unless they are asked for', async () => {
    expect(await shown(false)).toBe(model);
  });
});

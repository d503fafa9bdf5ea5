import { emulatedModel } from '../../src/emulation/emulated-model.ts';
import { calibrateModel } from '../../src/pipeline/calibrate.ts';
import { quantize } from '../../src/quantization/quantized.ts';
import { openModel } from '../../src/runtime/open-model.ts';
import { median, table, times } from '../figures.ts';
import type { Part } from '../part.ts';
import { heldBatches, secondsOf } from '../plain-pass.ts';
import { prepareSubject } from '../prepared.ts';
import { type Subject, shortened } from '../subject.ts';

const TARGETS = ['tensorrt', 'snpe', 'cambricon'];

/** What the chip's integer sums and rescale cost beside an emulation that multiplies dequantized values. */
export const arithmetic: Part = {
  title: 'Emulation with integers beside one in float',
  async measure({ subjects, runs, say }) {
    const rows: string[][] = [];
    for (const subject of subjects) {
      say(`integers of ${subject.name}`);
      rows.push([subject.name, ...(await ratiosOf(shortened(subject, 8), runs)).map(times)]);
    }
    return table(['', ...TARGETS.map((target) => `\`${target}\``)], rows);
  },
};

async function ratiosOf(subject: Subject, runs: number): Promise<number[]> {
  const { prepared, context } = await prepareSubject(subject, TARGETS);
  const held = await heldBatches(prepared, context);
  const { histograms } = await calibrateModel(prepared, context);
  const ratios: number[] = [];
  for (const { config: target, ...planned } of prepared.targets) {
    const quantized = quantize(planned, histograms, prepared.config.ranges);
    const open = (kind: 'integer' | 'float') =>
      openModel(emulatedModel(quantized, kind).model, { optimize: 'float' }, context.runtime);
    const [integer, float] = [await open('integer'), await open('float')];
    const found: number[] = [];
    for (let run = 0; run <= runs; run++)
      found.push((await secondsOf(integer, held)) / (await secondsOf(float, held)));
    // The first run allocates.
    ratios.push(median(found.slice(1)));
    await integer.close();
    await float.close();
  }
  return ratios;
}

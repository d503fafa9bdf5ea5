import { beforeAll, describe, expect, it } from 'vitest';
import { measureImpacts } from '../../../src/attribution/impact/impact.ts';
import { localErrors } from '../../../src/attribution/local/local-errors.ts';
import { inGroups } from '../../../src/attribution/local/unit-batches.ts';
import type { LayerPrecision } from '../../../src/config/target-id.ts';
import { type Chip, targets } from '../../../src/targets/index.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { batchOf, quantized, stack, WIDTH } from './setup.ts';

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

const calibration = batchOf(256, [WIDTH], 17);
const probes = [batchOf(8, [WIDTH], 99)];

async function attributed(chip: Chip, precision: LayerPrecision) {
  const layers = new Map([['layer3', precision]]);
  const scheme = { target: targets[chip] };
  const given = await quantized(await load(stack()), load.runtime, calibration, scheme, {}, layers);
  return {
    impacts: (await measureImpacts(given, probes, load.runtime)).impacts,
    errors: await localErrors(given, inGroups(given, new Map()), probes, { runtime: load.runtime }),
  };
}

describe('attribution of a target whose layer has a precision of its own', () => {
  it.each<Chip>(['snpe', 'cambricon', 'onnxruntime', 'rknn'])(
    'blames 16 bits for next to nothing: %s',
    async (chip) => {
      const { impacts, errors } = await attributed(chip, { activationBits: 16, weightBits: 16 });
      const { nsr } = impacts.get('layer3')!;
      for (const name of ['layer1', 'layer2', 'layer4', 'layer5'])
        expect(impacts.get(name)!.nsr, name).toBeGreaterThan(1000 * nsr);
      const error = errors.get('layer3')!;
      expect(error.nsr).toBeLessThan(1e-7);
      expect(errors.get('layer2')!.nsr).toBeGreaterThan(1e-5);
    },
  );

  it.each<Chip>(['tensorrt', 'cambricon', 'openvino'])(
    'knows no unit that is in floating point: %s',
    async (chip) => {
      const { impacts, errors } = await attributed(chip, { float: true });
      const others = ['layer1', 'layer2', 'layer4', 'layer5', 'layer6'];
      expect([...impacts.keys()].sort()).toEqual(others);
      expect([...errors.keys()].sort()).toEqual(others);
    },
  );

  it('counts the grid that a layer in floating point reads, where the one before it writes it', async () => {
    const { impacts } = await attributed('rknn', { float: true });
    expect(impacts.get('layer3')!.nsr).toBeGreaterThan(0);
  });
});

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { generatedSubject } from '../../../bench/generated.ts';
import { parseModel } from '../../../src/onnx/model.ts';
import { startRuntime } from '../../../src/runtime/runtime.ts';
import { random } from '../../support/models.ts';

const folder = mkdtempSync(join(tmpdir(), 'quantgate-generated-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it.each([30, 100])(
  'a generated detector has about the %d units that are asked for, and runs',
  async (units) => {
    const subject = generatedSubject(folder, { name: `d${units}`, units, size: 32, samples: 2 });
    const bytes = readFileSync(join(subject.folder, 'model.onnx'));
    const { node } = parseModel(bytes, 'model.onnx').graph!;
    const found = node.filter(({ opType }) => opType === 'Conv' || opType === 'Add').length;
    expect(Math.abs(found - units)).toBeLessThanOrEqual(3);
    const session = await (await startRuntime('cpu')).open(bytes, { optimize: 'float' });
    const { places_found } = await session.run({ image: random([2, 3, 32, 32]) });
    await session.close();
    expect(places_found.dims).toEqual([2, 85, 21]);
    const largest = Math.max(...Array.from(places_found.data as Float32Array, Math.abs));
    expect(largest).toBeGreaterThan(0.1);
    expect(largest).toBeLessThan(1000);
  },
);

import { describe, expect, it } from 'vitest';
import { targetOf, targets } from '../../../src/targets/index.ts';
import { floatTypes, type Target } from '../../../src/targets/target.ts';

const all: readonly (readonly [string, Target])[] = [
  ...Object.entries(targets),
  ['tensorrt', targetOf('tensorrt', { precision: 'fp8' })!],
  ['onnxruntime', targetOf('onnxruntime', { blockSize: 32 })!],
  ['snpe', targetOf('snpe', { blockSize: 32 })!],
];

describe.each(all)('%s', (name, target) => {
  it('is called by the name of its chip', () => {
    expect(target.chip).toBe(name);
  });

  it('says how each of its files is handed over, and gives no two files one name', () => {
    const files = target.formats.flatMap((format) => [
      format.file,
      ...(format.companions ?? []).map((c) => c.file),
    ]);
    if (target.qdq !== undefined) files.push(target.qdq.file);
    expect(new Set(files).size).toBe(files.length);
    for (const float of floatTypes)
      for (const file of files)
        expect(target.handOver(float, target.formats)).toContain(file.replace(/\.py$/, ''));
  });
});

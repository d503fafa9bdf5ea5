import { describe, expect, it } from 'vitest';
import { bundlesOf } from '../../../src/action/upload-artifacts.ts';
import { improved, passing, recovered, sampleReport } from '../../support/sample-reports.ts';

describe('what a gate leaves', () => {
  it('is the report, the files for the tools of each target, and those of the plan that recovers it', () => {
    const report = sampleReport([passing, recovered, { ...improved, target: 'other' }]);
    expect(bundlesOf(report, '/out', undefined)).toEqual([
      { name: 'quantgate-report', folder: '/out', files: ['/out/report.json', '/out/report.md'] },
      {
        name: 'quantgate-signs-tensorrt',
        folder: '/out/chips/signs/tensorrt',
        files: ['/out/chips/signs/tensorrt/calibration.cache'],
      },
      {
        name: 'quantgate-recovered-signs-snpe',
        folder: '/out/recovered/signs/snpe',
        files: ['/out/recovered/signs/snpe/encodings.json', '/out/recovered/signs/snpe/model.onnx'],
      },
    ]);
  });
});

import { describe, expect, it } from 'vitest';
import { isReport } from '../../../src/action/run-reports.ts';
import { bundlesOf } from '../../../src/action/upload-artifacts.ts';
import type { Artifact } from '../../../src/github/artifacts.ts';
import { improved, passing, recovered, sampleReport } from '../../support/sample-reports.ts';

describe('what a gate leaves', () => {
  it('is the report, the files for the tools of each target, and those of the plan that recovers it', () => {
    const report = sampleReport([passing, recovered, { ...improved, target: 'other' }]);
    expect(bundlesOf(report, '/out', undefined)).toEqual([
      {
        name: 'quantgate-report',
        folder: '/out',
        files: ['/out/report.json', '/out/report.md', '/out/report.html'],
      },
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
      { name: 'report.html', folder: '/out', files: ['/out/report.html'], isPage: true },
    ]);
  });

  it('is a page of its own for the models of a job of a matrix, which no other job takes for a report', () => {
    const page = bundlesOf(sampleReport([passing]), '/out', ['signs', 'faces']).at(-1)!;
    expect(page).toMatchObject({ name: 'report-signs-faces.html', files: ['/out/report-signs-faces.html'] });
    // Who comments reads the other artifact.
    expect(isReport({ name: page.name } as Artifact)).toBe(false);
  });
});

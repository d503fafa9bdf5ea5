import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { diff } from '../../../src/cli/diff.ts';
import type { JudgedTarget } from '../../../src/report/report-schema.ts';
import { nasty } from '../../support/nasty-report.ts';
import { attributed, passing, sampleReport } from '../../support/sample-reports.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'diff-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function between(before: string, after: string, options: { json?: boolean } = {}) {
  await writeFile(join(folder, 'a'), before);
  await writeFile(join(folder, 'b'), after);
  const lines: string[] = [];
  const code = await diff('a', 'b', options, { cwd: folder, print: (line) => lines.push(line) });
  return { code, text: lines.join('\n') };
}

const report = (...targets: JudgedTarget[]) => JSON.stringify(sampleReport(targets));
const widened = (name: string): JudgedTarget => ({
  ...attributed,
  layers: attributed.layers.map((layer) => ({
    ...layer,
    impact: layer.name === 'fc' ? 0.04 : layer.impact,
    tensors: layer.tensors.map((tensor) => (tensor.name === name ? { ...tensor, beta: 9 } : tensor)),
  })),
});

describe('two reports', () => {
  it('differ by ranges and by what layers cost, target by target', async () => {
    const { code, text } = await between(report(passing, attributed), report(passing, widened('input')));
    expect(code).toBe(1);
    expect(text.split('\n').map((line) => line.replaceAll(/ +/g, ' '))).toEqual([
      'signs, tensorrt: nothing differs',
      'signs, snpe: 1 range and 1 layer differ',
      '| range | before | after |',
      '| :---- | --------: | -----: |',
      '| input | [0, 2.55] | [0, 9] |',
      '| output noise / signal | before | after |',
      '| :-------------------- | -----: | ----: |',
      '| fc | 0.04 % | 4 % |',
    ]);
  });

  it('are the same', async () => {
    expect(await between(report(attributed), report(attributed))).toEqual({
      code: 0,
      text: 'signs, snpe: nothing differs',
    });
  });

  it('differ by verdict and metric as well', async () => {
    const worse = { ...passing, verdict: 'fail' as const, metric: { ...passing.metric, quantized: 0.5 } };
    const { code, text } = await between(report(passing), report(worse));
    expect(code).toBe(1);
    expect(text).toBe(
      'signs, tensorrt: pass, top1 96.55 % → 96.43 %; now fail, top1 96.55 % → 50.00 %\nsigns, tensorrt: 0 ranges and 0 layers differ',
    );
  });

  it('say of how many samples the metric is where one stopped early', async () => {
    const stopped = { of: 2496, interval: 'always-valid' } as const;
    const early = { ...passing, metric: { ...passing.metric, samples: 32, stopped } };
    const { text } = await between(report(early), report(passing));
    expect(text.split('\n')[0]).toBe(
      'signs, tensorrt: pass, top1 96.55 % → 96.43 % on 32 of 2,496 samples; now pass, top1 96.55 % → 96.43 %',
    );
  });

  it('do not differ by layers that one of them has not measured', async () => {
    const { layers, ...rest } = attributed;
    const unmeasured = { ...rest, layers: layers.map(({ rank: _, impact: __, ...layer }) => layer) };
    for (const sides of [
      [attributed, unmeasured],
      [unmeasured, attributed],
    ] as const)
      expect(await between(report(sides[0]), report(sides[1]))).toEqual({
        code: 0,
        text: 'signs, snpe: nothing differs',
      });
  });

  it('may have targets of their own', async () => {
    const { code, text } = await between(report(passing), report(attributed));
    expect(code).toBe(1);
    expect(text).toBe('signs, tensorrt: only before\nsigns, snpe: only after');
  });

  it('are printed as JSON in full', async () => {
    const { text } = await between(report(attributed), report(widened('input')), { json: true });
    expect(JSON.parse(text)['signs, snpe'].ranges).toEqual([
      { name: 'input', before: [0, 2.55], after: [0, 9] },
    ]);
  });

  it('print no name that a terminal obeys', async () => {
    const named = (beta: number): JudgedTarget => ({
      ...attributed,
      layers: nasty.map((name) => ({
        ...attributed.layers[0],
        name: name.slice(0, 1024),
        tensors: [{ ...attributed.layers[0].tensors[0], name: name.slice(0, 1024), beta }],
      })),
    });
    const { text } = await between(report(named(1)), report(named(2)));
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
  });
});

describe('two parameter files', () => {
  const cache = (value: string) => `TRT-8401-EntropyCalibration2\nx: 3c010a14\ny: ${value}\n`;

  it('differ by ranges', async () => {
    const { code, text } = await between(cache('3d010a14'), cache('3e010a14'));
    expect(code).toBe(1);
    expect(text).toMatch(/^1 range and 0 layers differ\n\| range \|.*\n.*\n\| y /);
  });

  it('are compared with no report', async () => {
    await expect(between(cache('3d010a14'), report(attributed))).rejects.toThrow(
      'a is a parameter file and b is a report: give two of a kind',
    );
  });
});

describe('a file that cannot be compared', () => {
  it.each([
    [
      'is no report of this version',
      '{"version":1,"tool":{"name":"quantgate"}}',
      /^a is not a report of this version/,
    ],
    ['is nothing that is known', 'hello', /^a is no parameter file that quantgate knows/],
  ])('%s', async (_, content, message) => {
    await expect(between(content, content)).rejects.toThrow(message);
  });

  it('is not there', async () => {
    const world = { cwd: folder, print: () => {} };
    await expect(diff('gone', 'gone', {}, world)).rejects.toThrow(/^gone cannot be read/);
  });
});

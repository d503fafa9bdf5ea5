import { describe, expect, it } from 'vitest';
import { dryRun, previewLines } from '../../../src/cli/dry-run.ts';
import { staged } from '../../support/staged.ts';

const preview = {
  name: 'signs',
  path: 'signs.onnx',
  targets: ['tensorrt', 'snpe'],
  calibration: { inputs: ['x.npy'], isFound: true, samples: 256 },
  evaluation: { inputs: ['a.npy', 'b.npy'], isFound: true, samples: 2496, labels: 'l.npy', metric: 'top1' },
  problems: [],
  seconds: 134,
  recoverMinutes: 10,
};

describe('what a run would measure', () => {
  it('is a thing per line', () => {
    expect(previewLines(preview)).toEqual([
      'signs  model         signs.onnx',
      'signs  targets       tensorrt, snpe',
      'signs  calibration   256 samples of x.npy',
      'signs  evaluation    2,496 samples of a.npy, b.npy, labels l.npy, metric top1',
      'signs  time          about 2 minutes; where a target does not pass, up to 10 minutes more to seek what repairs it',
    ]);
  });

  it('says what is missing, and what is there but could not be counted', () => {
    const { calibration, evaluation } = preview;
    const lines = previewLines({
      ...preview,
      calibration: { ...calibration, isFound: false, samples: undefined },
      evaluation: { ...evaluation, samples: undefined },
      seconds: undefined,
    });
    expect(lines.slice(2)).toEqual([
      'signs  calibration   missing: x.npy',
      'signs  evaluation    a.npy, b.npy, not counted, labels l.npy, metric top1',
    ]);
  });

  it('ends with 0 where all can be read, and else with 2 and a line for each thing that cannot', async () => {
    const run = async (path: string) => {
      const { config, context } = await staged({ path });
      const [printed, complained]: [string[], string[]] = [[], []];
      const world = {
        loudness: 'usual',
        print: (line: string) => printed.push(line),
        complain: (line: string) => complained.push(line),
      };
      const code = await dryRun({ models: [config] } as never, context, world as never);
      return { code, printed, complained };
    };
    const good = await run('model.onnx');
    expect(good).toMatchObject({ code: 0, complained: [] });
    expect(good.printed.at(-1)).toBe('all can be read');
    expect(await run('no.onnx')).toMatchObject({
      code: 2,
      complained: [expect.stringMatching(/^m: no\.onnx does not exist/)],
    });
  });
});

import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import { psnr } from '../../../src/metrics/psnr.ts';
import { top1 } from '../../../src/metrics/top1.ts';
import { readDeviceMetrics } from '../../../src/verification/device-metrics.ts';

const read = (value: unknown, metric = top1) => readDeviceMetrics(JSON.stringify(value), metric, 'm.json');

describe('the metric of a device', () => {
  it('is the number under the name of the metric, of so many samples', () => {
    expect(read({ top1: 0.91, samples: 400 })).toEqual({
      value: 0.91,
      samples: 400,
      library: 'a device',
      version: '',
    });
    expect(read({ psnr: 31.5, samples: 3, library: 'SNPE', version: '2.31', top1: 0.1 }, psnr)).toEqual({
      value: 31.5,
      samples: 3,
      library: 'SNPE',
      version: '2.31',
    });
  });

  it.each([
    ['no JSON', 'top1: 0.91'],
    ['a list, as of trtexec', '[{"name":"y","dimensions":"1x2","values":[1,2]}]'],
    ['another metric', '{"top5":0.99,"samples":400}'],
    ['a text', '{"top1":"0.91","samples":400}'],
    ['percent', '{"top1":91,"samples":400}'],
    ['no number of samples', '{"top1":0.91}'],
    ['a key of every object', '{"samples":400,"__proto__":{"top1":0.5}}'],
  ])('is refused in one line that shows the form: %s', (_, text) => {
    const refused = () => readDeviceMetrics(text, top1, 'm.json');
    expect(refused).toThrow(UserError);
    expect(refused).toThrow(
      /^m\.json is not metrics of a device \(.+\): write \{ "top1": 0\.91, "samples": 400 \}$/,
    );
  });
});

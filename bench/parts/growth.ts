import { gate } from '../command.ts';
import { mebibytes, medians, seconds, table, times } from '../figures.ts';
import { type Generated, generatedSubject } from '../generated.ts';
import type { Bench, Part } from '../part.ts';

const SIX = ['tensorrt', 'snpe', 'cambricon', 'openvino', 'rknn', 'ncnn'];

interface Case {
  readonly value: string;
  readonly network: Omit<Generated, 'name'>;
  readonly targets: number;
}

const small = { units: 30, size: 64, samples: 100 };
const withThree = (value: string, network: Omit<Generated, 'name'>): Case => ({ value, network, targets: 3 });

/** What grows, and the values that it takes; all else stays as it is. */
const GROWING: Readonly<Record<string, readonly Case[]>> = {
  'samples, to calibrate and to evaluate': [100, 400, 1600].map((samples) =>
    withThree(`${samples}`, { ...small, samples }),
  ),
  layers: [30, 100, 300].map((units) => withThree(`${units}`, { ...small, units })),
  targets: [1, 3, 6].map((targets) => ({ value: `${targets}`, network: small, targets })),
  pixels: [64, 128, 256].map((size) => withThree(`${size}²`, { ...small, size })),
};

/** How cost grows in samples, layers, targets and size, as ratios to the first of each. */
export const growth: Part = {
  title: 'How cost grows',
  measure(bench) {
    const rows = Object.entries(GROWING).flatMap(([title, cases]) => {
      const all = cases.map((each) => costOf(each, title, bench));
      return all.map((cost, i) => [
        `${title}: ${cases[i].value}`,
        seconds(cost.fp32),
        times(cost.fp32 / all[0].fp32),
        seconds(cost.judged),
        times(cost.judged / all[0].judged),
        seconds(cost.explained),
        times(cost.explained / all[0].explained),
        mebibytes(cost.peak),
      ]);
    });
    const head = [
      'what grows',
      'FP32 pass',
      'beside the first',
      'gate without attribution and advice',
      'beside the first',
      'attribution and advice',
      'beside the first',
      'memory at its peak',
    ];
    return table(head, rows);
  },
};

function costOf({ network, targets, value }: Case, title: string, { folder, runs, divisor, say }: Bench) {
  const name = `${title.split(/\W/)[0]}-${value.replace(/\D/g, '')}`;
  const samples = Math.max(20, Math.ceil(network.samples / divisor));
  const subject = generatedSubject(folder, { ...network, name, samples });
  const chosen = SIX.slice(0, targets);
  const found = Array.from({ length: runs }, (_, run) => {
    say(`${title}: ${value}, run ${run + 1}`);
    const { wall, peak, explained, seconds: of } = gate(subject, chosen);
    return { fp32: of('fp32'), explained, judged: wall - explained, peak };
  });
  return medians(found);
}

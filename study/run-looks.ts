import { flips, type Kind, kinds, samplesNeeded, simulate } from './looks.ts';

/**
 * Simulates evaluations with `stop: early`: how often intervals hold the true drop, at all early looks together and in
 * reports, and at how many samples verdicts are sure. `npx tsx study/run-looks.ts 10000` takes minutes.
 */
const runs = Number(process.argv[2] ?? 1000);
const percent = (share: number) => `${(100 * share).toFixed(2)} %`;

console.log('| samples | all early looks hold | the reported interval holds | stopped early |');
console.log('| --- | --- | --- | --- |');
for (const kind of kinds) {
  const isWhole = kind.metric.unit === 'fraction' && !kind.name.startsWith('shares');
  const { early, reported, stopped } = simulate(kind, { runs, samples: 600, isWhole });
  const whole = isWhole ? percent(reported) : '–';
  console.log(`| ${kind.name} | ${percent(early)} | ${whole} | ${percent(stopped)} |`);
}

const powers: readonly (readonly [kind: Kind, maxDrop: number])[] = [
  [flips(0.7, 0.02), 0.01],
  [flips(0.3, 0.02), 0.01],
  [flips(0.1, 0.02), 0.01],
  [flips(0.03, 0.01), 0.01],
  [flips(0, 0), 0.01],
  [flips(0.005, 0.005), 0.01],
  [flips(0, 0), 0.05],
  [flips(0.01, 0.01), 0.05],
];

console.log('\n| samples | max-drop | half of runs stop by | nine in ten by |\n| --- | --- | --- | --- |');
for (const [kind, maxDrop] of powers) {
  const { half, nineInTen } = samplesNeeded(kind, maxDrop, Math.min(runs, 500));
  console.log(`| ${kind.name} | ${100 * maxDrop} pp | ${half} | ${nineInTen} |`);
}

import { describe, expect, it } from 'vitest';
import { type Impacts, measureImpacts } from '../../src/attribution/impact/impact.ts';
import { measureNoiseGains, shortlist } from '../../src/attribution/impact/noise-gain.ts';
import { switchModel } from '../../src/attribution/impact/switch-model.ts';
import { openSwitched } from '../../src/attribution/impact/switched-session.ts';
import { mean } from '../../src/numerics/mean.ts';
import { quantize } from '../../src/quantization/quantized.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { models } from '../support/corpus.ts';
import { median, rankCorrelation } from './rank-correlation.ts';
import { plainSeconds, randomOrders, settingsOf, slowTruth, subject, TOP } from './ranking-support.ts';
import { unitErrors } from './unit-errors.ts';

interface Row {
  readonly title: string;
  readonly weightBits: number;
  readonly impacts: Impacts;
  /** Rank correlation with the truth. */
  readonly spearman: { readonly eight: number; readonly local: number; readonly cumulative: number };
  /** What returning the first ten removes of the output NSR, on the samples of the truth. */
  readonly removed: { readonly eight: number; readonly truth: number; readonly random: number };
}
const rows: Row[] = [];
/** What returning the first ten removes if only a shortlist by noise gains is measured, and if all units are. */
const shortlisted: { readonly title: string; readonly inside: number; readonly all: number }[] = [];
/** Models of enough units for a shortlist, and fast enough for two more passes for each. */
const GAINS = new Set(['mobilenet-v1-025', 'resnet20-cifar10']);

describe.each(models)('the ranking of %s', (name) => {
  it('is measured beside that of many samples', async () => {
    const { context, prepared, calibration, probes, many, count } = await subject(name);
    const { targets } = prepared;
    const { runtime } = context;
    const plain = await plainSeconds(prepared, probes, context);
    for (const { config, ...planned } of targets) {
      const quantized = quantize(planned, calibration.histograms, new Map());
      const { units, scheme } = quantized;
      const names = units.map((u) => u.name);
      const start = performance.now();
      const counted = countedRuntime(runtime);
      const impacts = await measureImpacts(quantized, probes, counted.runtime);
      const runs = counted.runs() / probes.length;
      const seconds = (performance.now() - start) / 1000;
      const some = probes.slice(0, 1);
      const { local, cumulative } = await unitErrors(quantized, some, runtime);
      const session = await openSwitched(switchModel(quantized), many, runtime);
      const { nsrs, order, removed } = await slowTruth(session, names);
      const eight = [...impacts.impacts.keys()];
      const rho = (of: (name: string) => number) =>
        rankCorrelation(
          names.map(of),
          names.map((n) => nsrs.get(n)!),
        );
      const random: number[] = [];
      for (const drawn of randomOrders(names)) random.push(await removed(drawn));
      const row: Row = {
        title: `${name} ${config.id}`,
        weightBits: scheme.weightBits,
        impacts,
        spearman: {
          eight: rho((n) => impacts.impacts.get(n)!.nsr),
          local: rho((n) => local.get(n)!),
          cumulative: rho((n) => cumulative.get(n)!),
        },
        removed: { eight: await removed(eight), truth: await removed(order), random: mean(random) },
      };
      rows.push(row);
      const f = (x: number) => x.toFixed(2);
      const lines = [
        `${row.title}: ${names.length} units, truth of ${count} samples`,
        `  Spearman: 8 samples ${f(row.spearman.eight)}, local NSR ${f(row.spearman.local)}, cumulative ${f(row.spearman.cumulative)}`,
        `  first ${TOP} remove ${f(row.removed.eight)}, the truth's ${f(row.removed.truth)}, random ${f(row.removed.random)}`,
        `  full NSR ${impacts.fullNsr.toExponential(1)}${impacts.destroyed ? ' (destroyed)' : ''}, additivity ${f(impacts.additivity)}, ranked ${impacts.ranking}`,
        `  ${f(seconds)} s, ${runs} runs of ${f(seconds / runs / plain)} FP32 passes each, ${f(seconds / plain / names.length)} a unit`,
        `  first: ${eight.slice(0, 6).join(', ')}`,
        `  truth: ${order.slice(0, 6).join(', ')}`,
      ];
      if (GAINS.has(name) && config.id !== 'tensorrt-w4a8') {
        const gains = await measureNoiseGains(quantized, probes, runtime);
        const [constant, white] = (['constant', 'white'] as const).map((kind) =>
          rho((n) => local.get(n)! * (gains[n]?.[kind] ?? 0)),
        );
        const both = rho(
          (n) => local.get(n)! * Math.sqrt((gains[n]?.constant ?? 0) * (gains[n]?.white ?? 0)),
        );
        const listed = shortlist(gains, local);
        const kept = order.slice(0, TOP).filter((n) => listed.has(n)).length;
        const inside = await removed(eight.filter((n) => listed.has(n)));
        shortlisted.push({ title: row.title, inside, all: row.removed.eight });
        lines.push(
          `  noise gain × local NSR: Spearman ${f(both)} (constant ${f(constant)}, white ${f(white)}); the truth's first ${TOP} on a shortlist of ${listed.size}: ${kept}, removed from within ${f(inside)}`,
        );
      }
      await session.close();
      console.log(lines.join('\n'));
    }
  });
});

/** A runtime that counts the runs of its sessions. */
function countedRuntime(runtime: Runtime): { runtime: Runtime; runs: () => number } {
  let total = 0;
  const open: Runtime['open'] = async (...given) => {
    const session = await runtime.open(...given);
    const run: typeof session.run = (...fed) => {
      total++;
      return session.run(...fed);
    };
    return { ...session, run };
  };
  return { runtime: { ...runtime, open }, runs: () => total };
}

describe('the ranking by eight samples', () => {
  const only = (keep: (row: Row) => boolean, value: (row: Row) => number) => rows.filter(keep).map(value);
  const all = () => true;

  it('has been measured for every model and setting', () => {
    expect(rows).toHaveLength(models.flatMap(settingsOf).length);
  });

  it('ranks as many samples do, and better than local or cumulative errors', () => {
    const [eight, local, cumulative] = (['eight', 'local', 'cumulative'] as const).map((kind) =>
      median(only(all, (row) => row.spearman[kind])),
    );
    console.log(`median Spearman: 8 samples ${eight}, local ${local}, cumulative ${cumulative}`);
    expect(eight).toBeGreaterThanOrEqual(0.9);
    expect(local).toBeLessThan(eight);
    expect(cumulative).toBeLessThan(local);
    for (const { title, weightBits, spearman } of rows)
      if (weightBits === 8) expect(spearman.eight, title).toBeGreaterThanOrEqual(0.65);
  });

  it('finds the ten units whose return removes most, unless the model is destroyed', () => {
    for (const { title, removed, impacts } of rows)
      if (!impacts.destroyed) expect(removed.eight, title).toBeGreaterThanOrEqual(0.85 * removed.truth);
  });

  it('loses less than a twentieth of that inside a shortlist of twenty by noise gains', () => {
    expect(shortlisted).toHaveLength(2 * GAINS.size);
    for (const { title, inside, all } of shortlisted)
      expect(inside, title).toBeGreaterThanOrEqual(0.95 * all);
  });

  it('calls mobilenet with one scale for each weight destroyed, and blames its depthwise layers', () => {
    const find = (title: string) => rows.find((row) => row.title === title)!.impacts;
    const perTensor = find('mobilenet-v1-025 snpe');
    expect(perTensor.destroyed).toBe(true);
    expect([...perTensor.impacts.keys()].slice(0, 3).every((n) => n.startsWith('conv_dw_'))).toBe(true);
    expect(find('mobilenet-v1-025 tensorrt').destroyed).toBe(false);
  });
});

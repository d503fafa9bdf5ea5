import { beforeAll, describe, expect, it } from 'vitest';
import type { Attribution } from '../../../src/attribution/attribution.ts';
import type { Baseline } from '../../../src/baseline/baseline.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { type Attributed, tryToAttribute } from '../../../src/pipeline/attribute.ts';
import type { Runtime } from '../../../src/runtime/runtime.ts';
import { makeModel, random } from '../../support/models.ts';
import { chain, type Evaluated, evaluated } from '../../support/staged.ts';

let stage: Evaluated;
beforeAll(async () => {
  stage = await evaluated();
});

const attributed = ({ prepared, candidate, evidence, context }: Evaluated, runtime = context.runtime) =>
  tryToAttribute(prepared, candidate, evidence, { ...context, runtime });

function known(found: Attributed): Attribution {
  if ('notAttributed' in found) throw new Error(found.notAttributed);
  return found;
}

/** Opens nothing. */
const failing = (message: string): Runtime => ({
  ...stage.context.runtime,
  open: () => Promise.reject(new Error(message)),
});

describe('an attribution', () => {
  it('has every unit by rank, with its own error and what it costs at the outputs', async () => {
    const { units, unranked, probeSamples } = known(await attributed(stage));
    expect(unranked).toEqual([]);
    expect(probeSamples).toBe(8);
    expect(units.map(({ rank }) => rank)).toEqual(units.map((_, i) => i + 1));
    expect(units.map(({ name }) => name).sort()).toEqual(
      stage.candidate.quantized.units.map(({ name }) => name).sort(),
    );
    const costs = units.map(({ impact }) => impact.nsr);
    expect(costs).toEqual(costs.toSorted((a, b) => b - a));
    const first = units.find(({ name }) => name === 'h/MatMul')!;
    const last = units.find(({ name }) => name === 'y/MatMul')!;
    expect(first).toMatchObject({ op: 'MatMul', reads: ['x'] });
    expect(first.local.shares).toBeDefined();
    // What came before adds to the error of the last.
    expect(first.cumulativeNsr).toBeGreaterThan(0);
    expect(last.cumulativeNsr).toBeGreaterThan(last.local.nsr);
  });

  it('names a tensor once that a unit reads twice', async () => {
    const square = makeModel({
      nodes: [
        makeNode('MatMul', ['x', 'w'], ['h']),
        makeNode('Mul', ['h', 'h'], ['s']),
        makeNode('MatMul', ['s', 'v'], ['y']),
      ],
      inputs: [{ name: 'x', dims: ['N', 8] }],
      outputs: [{ name: 'y', dims: ['N', 4] }],
      constants: { w: random([8, 8], 1), v: random([8, 4], 2) },
    });
    const { units } = known(await attributed(await evaluated({}, square)));
    expect(units.find(({ op }) => op === 'Mul')!.reads).toEqual(['h']);
  });

  it('takes its time as a stage of the target', async () => {
    stage.shown.length = 0;
    await attributed(stage);
    expect(stage.shown).toEqual([{ stage: 'm/snpe/attribute', total: 3, seen: 3, over: true }]);
    expect(Object.keys(stage.context.times.seconds)).toContain('m/snpe/attribute');
  });

  it('says why there is none, in a line', async () => {
    expect(await attributed(stage, failing('no such kernel'))).toEqual({ notAttributed: 'no such kernel' });
    const { notAttributed } = (await attributed(stage, failing('x'.repeat(1000)))) as {
      notAttributed: string;
    };
    expect(notAttributed).toBe('x'.repeat(300));
  });

  it('ends when it is told to: that is no reason of a model', async () => {
    const controller = new AbortController();
    const { prepared, candidate, evidence, context } = stage;
    const aborting: Runtime = {
      ...context.runtime,
      open: () => {
        controller.abort(new Error('enough'));
        return Promise.reject(new Error('no such kernel'));
      },
    };
    const { signal } = controller;
    await expect(
      tryToAttribute(prepared, candidate, evidence, { ...context, signal, runtime: aborting }),
    ).rejects.toThrow('enough');
  });
});

describe('an attribution of a model of very many units', () => {
  const LAYERS = 200;
  const gainsOf = (names: readonly string[], likely: string): Baseline['noiseGains'] =>
    Object.fromEntries(
      names.map((name) => [name, { constant: Number(name === likely), white: Number(name === likely) }]),
    );

  it('ranks the units that stored gains make likely', async () => {
    const long = await evaluated({ targets: ['tensorrt'] }, chain(LAYERS));
    const names = long.candidate.quantized.units.map((unit) => unit.name);
    expect(names).toHaveLength(LAYERS);
    const noiseGains = gainsOf(names, names[7]);
    const fp32 = { ...long.evidence.fp32, noiseGains, noiseGainsAt: ['h200'] };
    const short = known(await attributed({ ...long, evidence: { ...long.evidence, fp32 } }));
    expect(short.units.map((unit) => unit.name)).toContain(names[7]);
    expect(short.units.length).toBeLessThan(LAYERS);
    expect(short.units.length + short.unranked.length).toBe(LAYERS);
    expect(short.unranked[0].local.shares).toBeDefined();
  }, 120_000);

  it('ranks all of fewer, whatever gains there are', async () => {
    const names = stage.candidate.quantized.units.map((unit) => unit.name);
    const fp32 = { ...stage.evidence.fp32, noiseGains: gainsOf(names, names[0]) };
    const { unranked } = known(await attributed({ ...stage, evidence: { ...stage.evidence, fp32 } }));
    expect(unranked).toEqual([]);
  });
});

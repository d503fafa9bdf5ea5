import { beforeAll, describe, expect, it } from 'vitest';
import { cumulativeNsr } from '../../../src/attribution/cumulative-error.ts';
import { measureImpacts } from '../../../src/attribution/impact/impact.ts';
import { measureNoiseGains } from '../../../src/attribution/impact/noise-gain.ts';
import { localErrors } from '../../../src/attribution/local/local-errors.ts';
import { emulatedModel } from '../../../src/emulation/emulated-model.ts';
import { qdqModel } from '../../../src/emulation/qdq-model.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { serializeModel } from '../../../src/onnx/model.ts';
import type { Quantized } from '../../../src/quantization/quantized.ts';
import { type Chip, targets } from '../../../src/targets/index.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { type makeModel, random } from '../../support/models.ts';
import { batchOf, quantized } from './setup.ts';

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

/** Each puts other quantizers at other places. */
const chips = ['tensorrt', 'snpe', 'cambricon', 'onnxruntime'] as const satisfies readonly Chip[];
const batch = batchOf(8, [6], 3);

/** Two matrix products with other operators around them, whose tensors and nodes have the given names. */
function parts(
  tensors: { a: string; s: string; w: string },
  node: (name: string) => string = (name) => name,
): Parameters<typeof makeModel>[0] {
  const { a, s, w } = tensors;
  const nodes = [
    makeNode('Gemm', ['x', w, 'b'], [a]),
    makeNode('Sigmoid', [a], [s]),
    makeNode('Relu', [s], ['r']),
    makeNode('Gemm', ['r', 'v'], ['y']),
  ];
  for (const [i, each] of nodes.entries()) each.name = node(`n${i}`);
  return {
    nodes,
    inputs: [{ name: 'x', dims: ['N', 6] }],
    outputs: [
      { name: 'y', dims: ['N', 3] },
      { name: a, dims: ['N', 6] },
    ],
    constants: { [w]: random([6, 6], 1), b: random([6], 2), v: random([6, 3], 4) },
  };
}

const harmless = parts({ a: 'a', s: 's', w: 'w' });

/** Everything that is measured on a model, in the order of the graph, without names. */
async function figures(given: Parameters<Loader>[0], chip: Chip) {
  const setup = await quantized(await load(given), load.runtime, batch, { target: targets[chip] });
  const emulation = emulatedModel(setup, 'integer');
  const probes = [batch];
  const local = await localErrors(setup, [setup.units], probes, { runtime: load.runtime });
  const cumulative = await cumulativeNsr({ quantized: setup, emulation }, [setup.units], probes, load);
  const { impacts, fullNsr } = await measureImpacts(setup, probes, load.runtime);
  const gains = await measureNoiseGains(setup, probes, load.runtime);
  return {
    emulated: await outputs(emulation.model),
    explicit: await explicitOutputs(setup),
    fullNsr,
    units: setup.units.map(({ name, op }) => ({
      op,
      local: local.get(name),
      cumulative: cumulative.get(name),
      impact: impacts.get(name),
      gain: gains[name],
    })),
  };
}

async function outputs(model: Parameters<typeof serializeModel>[0]) {
  const session = await load.runtime.open(serializeModel(model), { optimize: 'float' });
  const results = await session.run(batch.inputs);
  await session.close();
  return session.outputs.slice(0, 2).map(({ name }) => [...(results[name].data as Float32Array)]);
}

async function explicitOutputs(setup: Quantized) {
  const { qdq } = setup.scheme.target;
  const written = qdq && qdqModel(setup, qdq);
  return written && 'model' in written ? outputs(written.model) : undefined;
}

describe.each(chips)('on %s, a model is gated as it is whatever its names are', (chip) => {
  it.each([
    ['r/quantized', { a: 'a', s: 'r/quantized', w: 'r/quantized/scale' }],
    ['x/quantized and its codes', { a: 'x/quantized', s: 'x/quantized/q', w: 'x/quantized/zero' }],
    ['a/float and the constant one', { a: 'a', s: 'a/float', w: 'quantgate/one' }],
    ['extremes of calibration', { a: 'a', s: 'x/observed-min', w: 'x/observed-max' }],
    ['an accumulator', { a: 'a', s: 'a/accumulator', w: 'y/accumulator/rescaled' }],
    ['what attribution makes', { a: 'a', s: 'quantgate/emulated/a', w: 'quantgate/least' }],
    ['what switches make', { a: 'a', s: 'a/inside', w: 'a/switched-on' }],
  ])('%s', async (_, tensors) => {
    expect(await figures(parts(tensors), chip)).toEqual(await figures(harmless, chip));
  });

  it('nodes without a name', async () => {
    const { nodes } = parts({ a: 'a', s: 's', w: 'w' }, () => '');
    expect(await figures({ ...harmless, nodes }, chip)).toEqual(await figures(harmless, chip));
  });

  it('nodes that have the names of inserted ones', async () => {
    const taken: Record<string, string> = {
      n0: 'x/quantized/q/QuantizeLinear',
      n1: 'x/quantized/DequantizeLinear',
      n2: 'quantgate/emulated/n1',
      n3: 'w/dequantized/DequantizeLinear',
    };
    const { nodes } = parts({ a: 'a', s: 's', w: 'w' }, (name) => taken[name]);
    expect(await figures({ ...harmless, nodes }, chip)).toEqual(await figures(harmless, chip));
  });
});

it('a Gemm and a Sigmoid whose output has the name of the quantized Gemm are gated', async () => {
  const given = (output: string) => ({
    nodes: [makeNode('Gemm', ['x', 'w'], ['a']), makeNode('Sigmoid', ['a'], [output])],
    inputs: [{ name: 'x', dims: ['N', 6] }],
    outputs: [{ name: output, dims: ['N', 4] }],
    constants: { w: random([6, 4], 1) },
  });
  expect(await figures(given('a/quantized'), 'snpe')).toEqual(await figures(given('y'), 'snpe'));
});

describe('our own Q/DQ model', () => {
  it.each(['tensorrt', 'onnxruntime'] as const)('can be quantized again for %s', async (chip) => {
    const target = targets[chip];
    const model = await load(harmless);
    const written = qdqModel(await quantized(model, load.runtime, batch, { target }), target.qdq!);
    if ('obstacle' in written) throw new Error(written.obstacle);
    const again = await quantized(await load.proto(written.model), load.runtime, batch, { target });
    const emulation = emulatedModel(again, 'integer');
    expect((await outputs(emulation.model))[0].every(Number.isFinite)).toBe(true);
    expect(await explicitOutputs(again)).toBeDefined();
    const { impacts } = await measureImpacts(again, [batch], load.runtime);
    expect([...impacts.keys()].sort()).toEqual(again.units.map(({ name }) => name).sort());
  });
});

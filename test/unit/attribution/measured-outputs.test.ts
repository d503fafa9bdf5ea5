import { describe, expect, it } from 'vitest';
import type { ModelProto } from '../../../src/onnx/gen/onnx_pb.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { compareRangeMethods } from '../../../src/pipeline/compare-range-methods.ts';
import { prepare } from '../../../src/pipeline/prepare.ts';
import { floats, makeModel, noise, random } from '../../support/models.ts';
import { done } from '../../support/rounds.ts';
import { type Changes, judged, staged } from '../../support/staged.ts';

/** Weights of [r, r] that cancel but for a hundredth, of which eight bits leave little. */
const large = noise(32, 5);
const small = noise(32, 6);
const cancelling = floats([16, 4], [...large, ...large.map((w, i) => small[i] / 100 - w)]);

/** A trunk with the head that is judged, as scores and as class ids, and an auxiliary head that quantizes badly. */
function twoHeads(): ModelProto {
  return makeModel({
    nodes: [
      makeNode('MatMul', ['x', 'trunk'], ['h']),
      makeNode('Relu', ['h'], ['r']),
      makeNode('Concat', ['r', 'r'], ['twice'], { axis: 1 }),
      makeNode('MatMul', ['twice', 'aux.weight'], ['aux']),
      makeNode('MatMul', ['r', 'main.weight'], ['scores']),
      makeNode('ArgMax', ['scores'], ['classes'], { axis: 1, keepdims: 0 }),
    ],
    inputs: [{ name: 'x', dims: ['N', 8] }],
    outputs: [
      { name: 'aux', dims: ['N', 4] },
      { name: 'scores', dims: ['N', 4] },
      { name: 'classes', dims: ['N'], type: 'int64' },
    ],
    constants: { trunk: random([8, 8], 1), 'main.weight': random([8, 4], 2), 'aux.weight': cancelling },
  });
}

const reading = (metric: unknown): Changes => ({
  evaluation: { inputs: 'x.npy', range: [40, 72], metric },
});

async function attributed(metric: unknown) {
  const stage = await judged(reading(metric), twoHeads(), {
    'all.mjs': `export default { name: 'all', higherIsBetter: true, labels: 'none', unit: 'fraction', score: () => 1 };`,
  });
  if ('notAttributed' in stage.attributed) throw new Error(stage.attributed.notAttributed);
  const { units, fullNsr } = stage.attributed;
  const share = (name: string) => units.find((unit) => unit.name === name)!.impact.nsr / fullNsr;
  return { ...stage, fullNsr, first: units[0].name, aux: share('aux/MatMul') };
}

describe('what a layer costs is measured where the metric reads', () => {
  it('not at a head that it does not read, however badly that quantizes', async () => {
    const { first, aux } = await attributed({ name: 'agreement', output: 'scores' });
    expect(aux).toBe(0);
    expect(first).not.toBe('aux/MatMul');
  });

  it('at the first output for a metric that names none', async () => {
    const { first, aux } = await attributed('agreement');
    expect([first, aux > 0.5]).toEqual(['aux/MatMul', true]);
  });

  it('at all outputs for a module, which may read any of them', async () => {
    const { first, aux } = await attributed('./all.mjs');
    expect([first, aux > 0.2]).toEqual(['aux/MatMul', true]);
    const named = await attributed({ module: './all.mjs', output: 'scores' });
    expect(named.aux).toBe(0);
  });

  it('at the scores before the class ids that it reads', async () => {
    const [ids, scores] = await Promise.all(
      ['classes', 'scores'].map((output) => attributed({ name: 'agreement', output })),
    );
    expect(ids!.fullNsr).toBe(scores!.fullNsr);
    expect(ids!.aux).toBe(0);
  });

  it('also where ways to choose ranges are compared', async () => {
    const { prepared, candidate, evidence, fullNsr, context } = await attributed({
      name: 'agreement',
      output: 'scores',
    });
    const { quantized, histograms, config } = candidate;
    const { scores, looked } = evidence.evaluations.get(config.id)!;
    const before = {
      ...evidence,
      scores,
      looked,
      name: config.id,
      quantized,
      histograms,
      pins: config.ranges,
      outputNsr: fullNsr,
    };
    const methods = await done(compareRangeMethods(prepared, before, context), {
      prepared,
      evidence,
      context,
    });
    // The weights of the head that is not read make noise of another size.
    for (const { outputNsr } of methods) expect(outputNsr).toBeLessThan(10 * fullNsr);
  });
});

describe('an output that the model does not have', () => {
  it('is an error that names those that it has', async () => {
    const { config, context } = await staged(reading({ name: 'agreement', output: 'logits' }), twoHeads());
    await expect(prepare(config, context)).rejects.toThrow(
      'model.onnx has no output "logits", only "aux", "scores", "classes": correct metric.output',
    );
  });
});

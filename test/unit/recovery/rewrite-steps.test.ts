import { beforeAll, describe, expect, it } from 'vitest';
import type { RepairStep } from '../../../src/config/repair-steps.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { rewrittenBySteps } from '../../../src/recovery/rewrite-steps.ts';
import type { LoadedModel } from '../../../src/runtime/load-model.ts';
import { withSampleShapes } from '../../../src/runtime/sample-shapes.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { floats, noise, random } from '../../support/models.ts';
import { batchOf } from '../../support/quantized-units.ts';
import { constantOf, expectSameFunction, uneven } from './rewriting.ts';

let load: Loader;
let model: LoadedModel;
let shaped: LoadedModel;
const x = random([12, 3, 5, 5], 1);
beforeAll(async () => {
  load = await loader();
  // Every value between the convolutions is above zero by far, so that there is something to absorb.
  model = await load({
    nodes: [
      makeNode('Conv', ['x', 'w1', 'b1'], ['a']),
      makeNode('Relu', ['a'], ['r']),
      makeNode('Conv', ['r', 'w2'], ['y']),
    ],
    inputs: [{ name: 'x', dims: ['N', 3, 5, 5] }],
    outputs: [{ name: 'y', dims: ['N', 4, 'H', 'W'] }],
    constants: {
      w1: uneven([6, 3, 2, 2], 0, 2),
      b1: floats(
        [6],
        noise(6, 3).map((v) => 1000 + v),
      ),
      w2: random([4, 6, 1, 1], 4),
    },
  });
  shaped = await withSampleShapes(model, { x }, load.runtime);
});

const rewritten = (steps: readonly RepairStep[], pinned: readonly string[] = []) =>
  rewrittenBySteps(model, steps, {
    pinned: new Set(pinned),
    shaped,
    batches: [batchOf({ x })],
    runtime: load.runtime,
  });

describe('steps that rewrite a model', () => {
  it.each([
    [['equalize'], ['a', 'r']],
    [['absorb-bias'], ['a', 'r']],
    [
      ['equalize', 'absorb-bias', 'correct-bias'],
      ['a', 'r'],
    ],
    [['correct-bias'], []],
  ] as const)('%j change no output, and the tensors %j', async (steps, changed) => {
    const result = await rewritten(steps);
    expect([...result.changed].sort()).toEqual([...changed]);
    await expectSameFunction(model, result, { x }, load.runtime);
  });

  it('are done in the order that makes sense, whatever that of the recipe', async () => {
    const first = await rewritten(['equalize', 'absorb-bias', 'correct-bias']);
    const second = await rewritten(['correct-bias', 'absorb-bias', 'equalize']);
    for (const name of ['w1', 'b1', 'w2'])
      expect([...constantOf(first.model, name)]).toEqual([...constantOf(second.model, name)]);
    const [least] = [...constantOf(first.model, 'b1')].sort((a, b) => a - b);
    expect(least).toBeLessThan([...constantOf(model, 'b1')].sort((a, b) => a - b)[0]);
  });

  it('leave tensors with a range by hand as they are', async () => {
    const { model: same, changed } = await rewritten(['equalize', 'absorb-bias'], ['r']);
    expect(same).toBe(model);
    expect(changed.size).toBe(0);
  });

  it('do nothing where none is asked for', async () => {
    expect((await rewritten(['round', 'gptq'])).model).toBe(model);
  });

  it('give every layer a bias only where one is corrected', async () => {
    const biased = ({ model: { view } }: { model: LoadedModel }) => view.producers.get('y')!.input.length;
    expect(biased(await rewritten(['equalize']))).toBe(2);
    expect(biased(await rewritten(['correct-bias']))).toBe(3);
  });
});

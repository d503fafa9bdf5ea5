import { describe, expect, it } from 'vitest';
import { makeNode } from '../../../src/onnx/graph.ts';
import { mayHaveChannelScales } from '../../../src/quantization/channel-scales.ts';
import { planFor } from '../../../src/quantization/plan.ts';
import {
  type Architecture,
  architectureRules,
  architectures,
} from '../../../src/targets/hexagon-architectures.ts';
import { snpeOf } from '../../../src/targets/snpe.ts';
import { hexagonGraph } from '../../support/hexagon-graph.ts';
import { random } from '../../support/models.ts';
import { statedModel } from '../../support/stated-model.ts';
import golden from './golden/hexagon.json' with { type: 'json' };

const model = statedModel(hexagonGraph(), [
  { name: 'whole', dims: [1, 4, 8, 8], type: 'int32' },
  { name: 'softmax2/max', dims: [4, 1] },
]);

/** Grids and weights as the golden file has them: activations that are on one grid, by name. */
function rulesOf(architecture: Architecture) {
  const target = snpeOf(architecture);
  const { placement } = target;
  if (placement.kind !== 'every-activation' || placement.rules === undefined) throw new Error('no rules');
  // What HTP fuses beyond them is not AIMET's.
  const rules = { ...placement.rules, ...architectureRules[architecture] };
  const byAimet = { ...target, placement: { ...placement, rules } };
  const { activations, grids, layers } = planFor(model, byAimet);
  const names = new Set([...activations.keys(), ...grids.keys()]);
  const isActivation = (name: string) => !model.view.initializers.has(name);
  const end = (value: number) => (Number.isFinite(value) ? value : '?');
  const all = [...names].filter(isActivation).map((name) => {
    const shared = grids.get(name);
    const { alpha, beta } = shared?.bounds ?? { alpha: -Infinity, beta: Infinity };
    const tensors = (shared?.tensors ?? [name]).filter(isActivation).toSorted().join(' ');
    return `${tensors}: ${end(alpha)} to ${end(beta)}${shared?.symmetric ? ', symmetric' : ''}`;
  });
  return {
    grids: [...new Set(all)].toSorted(),
    perChannel: layers
      .flatMap((layer) => (mayHaveChannelScales(target, layer) ? (layer.weight?.name ?? []) : []))
      .toSorted(),
  };
}

describe("the rules of Hexagon's architectures", () => {
  it.each(architectures)('%s puts a graph on the grids that AIMET 2.42.0 puts it on', (architecture) => {
    const { grids, perChannel } = rulesOf(architecture);
    expect(grids).toEqual(golden[architecture].grids);
    expect([...new Set(perChannel)]).toEqual(golden[architecture].perChannel);
  });
});

describe('what HTP joins', () => {
  const image = (name: string) => ({ name, dims: [1, 2, 4, 4] });
  const joined = (architecture: Architecture, op: string, readAgain: boolean) => {
    const made = op === 'Conv' ? makeNode('Conv', ['x', 'w'], ['a']) : makeNode(op, ['x'], ['a']);
    const model = statedModel({
      nodes: [
        made,
        makeNode('Relu', ['a'], ['r']),
        makeNode('Concat', ['r', 'x'], ['y'], { axis: 1 }),
        ...(readAgain ? [makeNode('Exp', ['r'], ['z'])] : []),
      ],
      inputs: [image('x')],
      outputs: ['y', ...(readAgain ? ['z'] : [])].map(image),
      constants: { w: random([2, 2, 1, 1]) },
    });
    const { grids } = planFor(model, snpeOf(architecture));
    return grids.get('r') !== undefined && grids.get('r') === grids.get('y');
  };

  it('is on the grid of the Concat where it is a sum that nothing else reads', () => {
    expect(joined('v73', 'Conv', false)).toBe(true);
    expect(joined('v68', 'Conv', false)).toBe(true);
    expect(joined('v73', 'Conv', true)).toBe(false);
    expect(joined('v73', 'Exp', false)).toBe(false);
  });

  it('keeps a grid of its own on V66, as AIMET has it', () => {
    expect(joined('v66', 'Conv', false)).toBe(false);
  });
});

import { beforeAll, expect, it } from 'vitest';
import { rankScalars } from '../../../src/emulation/ranked-scalars.ts';
import { addConstant, addFloats, addNode, draftFor } from '../../../src/onnx/draft.ts';
import { editableCopy, makeNode } from '../../../src/onnx/graph.ts';
import { serializeModel } from '../../../src/onnx/model.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { makeModel, random } from '../../support/models.ts';

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

/** x → · 0.3 · one for each channel + 0.5 → rounded → between −1 and 1 → y, drafted in a model that negates x. */
function drafted(dims: (number | string)[]) {
  const { model } = editableCopy(
    makeModel({
      nodes: [makeNode('Neg', ['x'], ['n'])],
      inputs: [{ name: 'x', dims }],
      outputs: [{ name: 'n', dims }],
      constants: {},
    }),
  );
  const { graph } = model;
  const draft = draftFor(13, graph);
  const scaled = addNode(draft, 'Mul', [addFloats(draft, 'factor', [0.3]), 'x'], 'scaled');
  const channels = addConstant(draft, 'channels', random([3, 1, 1], 4));
  const spread = addNode(draft, 'Mul', [scaled, channels], 'spread');
  const up = addNode(draft, 'Add', [spread, addFloats(draft, 'half', [0.5])], 'up');
  const floor = addNode(draft, 'Floor', [up], 'floor');
  const [low, high] = [addFloats(draft, 'low', [-1]), addFloats(draft, 'high', [1])];
  const made = addNode(draft, 'Clip', [floor, low, high], 'y');
  graph.node.push(...draft.nodes);
  graph.output[0].name = made;
  return { model, draft };
}

const bitsOf = async ({ model, draft }: ReturnType<typeof drafted>, dims: number[]) => {
  model.graph.initializer.push(...draft.constants);
  const session = await load.runtime.open(serializeModel(model), { optimize: 'none' });
  const { y } = await session.run({ x: random(dims, 7) });
  await session.close();
  return y;
};

const ranksOf = ({ graph }: ReturnType<typeof drafted>['model'], opType: string) => {
  const sizes = new Map(graph.initializer.map(({ name, dims }) => [name, dims.length]));
  return graph.node
    .filter((node) => node.opType === opType)
    .flatMap(({ input }) => input.flatMap((name) => sizes.get(name) ?? []));
};

it.each([
  ['a tensor before them', 'x'],
  ['a tensor behind them', 'y'],
])('are of as many dimensions as %s that ends in 1, with the same bits', async (_, known) => {
  const [plain, ranked] = [drafted(['N', 3, 5, 1]), drafted(['N', 3, 5, 1])];
  rankScalars(ranked.model.graph, ranked.draft, [[known, [null, 3, 5, 1]]]);
  const [before, after] = [await bitsOf(plain, [2, 3, 5, 1]), await bitsOf(ranked, [2, 3, 5, 1])];
  expect(after).toEqual(before);
  expect(ranksOf(ranked.model, 'Mul')).toEqual([4, 3]);
  expect(ranksOf(ranked.model, 'Add')).toEqual([4]);
  expect(ranksOf(ranked.model, 'Clip')).toEqual([0, 0]);
});

it.each([
  ['ends in another dimension', [null, 3, 1, 5]],
  ['has a shape that is not known', undefined],
  ['has an end that is not known', [null, 3, 5, null]],
])('stay as they are beside a tensor that %s', (_, dims) => {
  const { model, draft } = drafted(['N', 3, 5, 1]);
  rankScalars(model.graph, draft, [['x', dims]]);
  model.graph.initializer.push(...draft.constants);
  expect(ranksOf(model, 'Mul')).toEqual([0, 3]);
});

it('give no tensor more dimensions than it has where constants of channels have as many', async () => {
  const { model, draft } = drafted([3, 5, 1]);
  rankScalars(model.graph, draft, [['y', [3, 5, 1]]]);
  expect((await bitsOf({ model, draft }, [3, 5, 1])).dims).toEqual([3, 5, 1]);
  expect(ranksOf(model, 'Mul')).toEqual([0, 3]);
});

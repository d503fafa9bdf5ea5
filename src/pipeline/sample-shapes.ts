import type { Sample } from '../data/sample.ts';
import { addNode, draftFor } from '../onnx/draft.ts';
import { editableCopy } from '../onnx/graph.ts';
import { onlyOutputs } from '../onnx/prune.ts';
import { multiplicationsOf, multiplies } from '../quantization/multiplications.ts';
import type { TensorType } from '../runtime/infer-types.ts';
import type { LoadedModel } from '../runtime/load-model.ts';
import { openModel } from '../runtime/open-model.ts';
import type { Runtime } from '../runtime/runtime.ts';

/**
 * The model with the shapes that a sample gives to what its multiplications read and make, where it leaves them open: only
 * shapes leave ONNX Runtime. Where the model does not run so, and where nothing is open, it is the model as it is.
 */
export async function withSampleShapes(
  model: LoadedModel,
  sample: Sample,
  runtime: Runtime,
): Promise<LoadedModel> {
  const open = openTensors(model);
  if (open.length === 0) return model;
  const { model: asking } = editableCopy(model.model);
  const draft = draftFor(model.opset, asking.graph);
  const shapes = new Map(open.map(({ name }) => [name, addNode(draft, 'Shape', [name], `${name}/shape`)]));
  asking.graph.node.push(...draft.nodes);
  onlyOutputs(asking.graph, new Set(shapes.values()));
  try {
    const session = await openModel(asking, { optimize: 'float' }, runtime, 'cpu');
    try {
      const results = await session.run(sample.inputs);
      const known = open.map(({ name, type }): [string, TensorType] => {
        const dims = Array.from(results[shapes.get(name)!].data as BigInt64Array, Number);
        return [name, { ...type, dims }];
      });
      return { ...model, tensors: new Map([...model.tensors, ...known]) };
    } finally {
      await session.close();
    }
  } catch {
    // How much multiplies is good to know, and no more.
    return model;
  }
}

function openTensors(model: LoadedModel): { readonly name: string; readonly type: TensorType }[] {
  const { view, tensors } = model;
  const nodes = view.graph.node.filter(
    (node) => multiplies(node) && multiplicationsOf(model, node) === undefined,
  );
  const names = new Set(nodes.flatMap(({ input, output }) => [...input, ...output]));
  return [...names].flatMap((name) => {
    const type = view.initializers.has(name) ? undefined : tensors.get(name);
    return type === undefined ? [] : [{ name, type }];
  });
}

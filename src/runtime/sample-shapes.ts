import { elementCount, type Tensor } from '../numerics/tensor.ts';
import { addNode, draftFor } from '../onnx/draft.ts';
import { editableCopy } from '../onnx/graph.ts';
import { onlyOutputs } from '../onnx/prune.ts';
import type { LoadedModel } from './load-model.ts';
import { openModel } from './open-model.ts';
import type { Runtime } from './runtime.ts';

/** ONNX Runtime compares the name of each output with all others: many runs of some take less time than one of all. */
const OUTPUTS_A_RUN = 1000;

/**
 * The model with the shapes that its tensors have in a run on `inputs`, where it leaves them open: only shapes leave ONNX
 * Runtime. Where the model does not run so, and where nothing is open, it is the model as it is.
 */
export async function withSampleShapes(
  model: LoadedModel,
  inputs: Readonly<Record<string, Tensor>>,
  runtime: Runtime,
): Promise<LoadedModel> {
  const open = [...model.tensors].filter(([, { dims }]) => dims === undefined || dims.includes(null));
  if (open.length === 0) return model;
  const { model: asking } = editableCopy(model.model);
  const draft = draftFor(model.opset, asking.graph);
  const shapes = new Map(open.map(([name]) => [name, addNode(draft, 'Shape', [name], `${name}/shape`)]));
  asking.graph.node.push(...draft.nodes);
  onlyOutputs(asking.graph, new Set(shapes.values()));
  try {
    const session = await openModel(asking, { optimize: 'float' }, runtime, 'cpu');
    try {
      const tensors = new Map(model.tensors);
      for (let from = 0; from < open.length; from += OUTPUTS_A_RUN) {
        const part = open.slice(from, from + OUTPUTS_A_RUN);
        const results = await session.run(
          inputs,
          part.map(([name]) => shapes.get(name)!),
        );
        for (const [name, type] of part) {
          const dims = Array.from(results[shapes.get(name)!].data as BigInt64Array, Number);
          tensors.set(name, { ...type, dims });
        }
      }
      return { ...model, tensors };
    } finally {
      await session.close();
    }
  } catch {
    // What keeps the model from running is told where it has to run.
    return model;
  }
}

/** Elements of every tensor of the main graph; a dimension that is not known counts as 1. */
export function tensorSizes({ tensors }: Pick<LoadedModel, 'tensors'>): Map<string, number> {
  return new Map([...tensors].map(([name, { dims = [] }]) => [name, elementCount(dims.map((d) => d ?? 1))]));
}

import { collectReads } from '../onnx/graph.ts';
import type { LoadedModel } from '../runtime/load-model.ts';
import { tensorSizes } from '../runtime/sample-shapes.ts';

/**
 * The most elements that have to be held between two nodes of a model while it is run piece by piece: all tensors that were
 * made before and are read after.
 *
 * @param shaped with the shapes of a sample
 */
export function frontierElements(shaped: LoadedModel): number {
  const sizes = tensorSizes(shaped);
  const { graph, inputs } = shaped.view;
  const lastRead = new Map<string, number>();
  graph.node.forEach((node, index) => {
    const names = new Set<string>();
    collectReads({ ...graph, node: [node], output: [] }, names);
    for (const name of names) lastRead.set(name, index);
  });
  const held = new Set(inputs.map(({ name }) => name));
  const sum = () => [...held].reduce((all, name) => all + (sizes.get(name) ?? 0), 0);
  let most = sum();
  graph.node.forEach((node, index) => {
    for (const name of node.output) if ((lastRead.get(name) ?? -1) > index) held.add(name);
    most = Math.max(most, sum());
    for (const name of held) if ((lastRead.get(name) ?? -1) <= index) held.delete(name);
  });
  return most;
}

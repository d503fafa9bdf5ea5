import { nodeNames } from '../quantization/layer.ts';
import { outputUnitNames } from '../quantization/units.ts';
import { MAX_GRAPH_NODES, MAX_READS } from '../report/graph-schema.ts';
import type { ModelReport } from '../report/report-schema.ts';
import type { LoadedModel } from '../runtime/load-model.ts';

type ModelGraph = NonNullable<ModelReport['graph']>;

/** The wiring of a model in report.json: who reads whom, as planned, under the names of the layers. */
export function describeGraph({ view }: LoadedModel): ModelGraph {
  const nodes: ModelGraph['nodes'][number][] = [];
  const makers = new Map<string, number>();
  const add = (name: string, op: string, inputs: readonly string[]) => {
    const reads = [...new Set(inputs.flatMap((tensor) => makers.get(tensor) ?? []))].slice(0, MAX_READS);
    nodes.push({ name: name.slice(0, 1024), op: op.slice(0, 128), reads });
  };
  for (const { name } of view.inputs) {
    makers.set(name, nodes.length);
    add(name, 'Input', []);
  }
  for (const [node, name] of nodeNames(view.graph)) {
    const index = nodes.length;
    add(name, node.opType, node.input);
    for (const tensor of node.output) if (tensor !== '') makers.set(tensor, index);
  }
  for (const [tensor, name] of outputUnitNames(view)) add(name, 'Output', [tensor]);
  // What is cut off is read by nothing that is kept.
  const kept = nodes.slice(0, MAX_GRAPH_NODES);
  return { nodes: kept, more: nodes.length - kept.length };
}

import { viewGraph } from '../../src/onnx/graph.ts';
import type { LoadedModel } from '../../src/runtime/load-model.ts';
import type { Port } from '../../src/runtime/runtime.ts';
import { makeModel, type PortSpec } from './models.ts';

/**
 * A model as it is loaded, but without a runtime that infers types: what nodes make is float32 of no stated shape,
 * unless `stated` says otherwise.
 */
export function statedModel(
  given: Parameters<typeof makeModel>[0],
  stated: readonly PortSpec[] = [],
): LoadedModel {
  const model = makeModel(given);
  const portOf = ({ name, dims, type = 'float32' }: PortSpec): Port => ({
    name,
    type,
    dims: dims.map((d) => (typeof d === 'number' ? d : null)),
  });
  const made = given.nodes.flatMap((node) => node.output).map((name) => portOf({ name, dims: [] }));
  const [inputs, outputs] = [given.inputs.map(portOf), given.outputs.map(portOf)];
  const tensors = new Map([...made, ...inputs, ...outputs, ...stated.map(portOf)].map((p) => [p.name, p]));
  return {
    where: 'model.onnx',
    sha256: '',
    opset: given.opset ?? 13,
    model,
    view: viewGraph(model),
    inputs,
    outputs,
    tensors,
    weightNames: new Map(),
    file: undefined,
  };
}

import type { Tensor } from '../numerics/tensor.ts';
import type { ModelProto } from '../onnx/gen/onnx_pb.ts';
import { shallow } from '../onnx/graph.ts';
import { asTensor } from '../onnx/kept-weights.ts';
import { makeTensor } from '../onnx/tensors.ts';
import { realBias } from '../quantization/parameters.ts';
import type { Quantized } from '../quantization/quantized.ts';

/**
 * The model in FP32 with weights that lie on their grids already and with corrected biases, so that a tool that rounds to
 * the nearest code of the delivered scales makes the very codes that were judged. A weight that several layers read on
 * different grids stays as it was.
 */
export function onGridModel({ model, plan, parameters }: Quantized): ModelProto {
  const values = new Map<string, Tensor | undefined>();
  for (const layer of plan.layers) {
    const weight = parameters.weights.get(layer.name);
    if (layer.weight !== undefined && weight !== undefined) {
      const own = asTensor(weight);
      const known = values.get(layer.weight.name);
      const isShared = values.has(layer.weight.name) && !(known && isEqual(known, own));
      values.set(layer.weight.name, isShared ? undefined : own);
    }
    if (parameters.biases.has(layer.name))
      values.set(layer.bias!.name, realBias(layer, { model, biases: parameters.biases }));
  }
  const graph = model.model.graph!;
  const initializer = graph.initializer.map((tensor) => {
    const own = values.get(tensor.name);
    return own === undefined ? tensor : makeTensor(tensor.name, own);
  });
  return shallow(model.model, { graph: shallow(graph, { initializer }) });
}

function isEqual(a: Tensor, b: Tensor): boolean {
  const [values, others] = [a.data, b.data];
  return values.length === others.length && values.every((value, i) => value === others[i]);
}

import type { Tensor } from '../../../src/numerics/tensor.ts';
import { viewGraph } from '../../../src/onnx/graph.ts';
import { serializeModel } from '../../../src/onnx/model.ts';
import { type Layer, layerOf } from '../../../src/quantization/layer.ts';
import { columnsOf } from '../../../src/recovery/columns.ts';
import { linearFormOf } from '../../../src/recovery/linear-form.ts';
import type { Runtime } from '../../../src/runtime/runtime.ts';
import { makeModel } from '../../support/models.ts';

type Given = Parameters<typeof makeModel>[0];

/** A model of one layer that reads x and makes y, and what it makes of an input. */
export async function ranLayer(given: Omit<Given, 'outputs' | 'inputs'>, x: Tensor, runtime: Runtime) {
  const inputs = [{ name: 'x', dims: x.dims }];
  const model = makeModel({ ...given, inputs, outputs: [{ name: 'y', dims: [] }] });
  model.graph!.output[0].type = undefined;
  const layer = layerIn(model);
  const session = await runtime.open(serializeModel(model), { optimize: 'none' });
  try {
    const { y } = await session.run({ x });
    return { layer, y, weight: given.constants![layer.weight!.name] };
  } finally {
    await session.close();
  }
}

/** The layer that the first node of a model is. */
export function layerIn(model: ReturnType<typeof makeModel>): Layer {
  const view = viewGraph(model);
  const node = model.graph!.node[0];
  return layerOf(node, node.name, view, (name) => !view.initializers.has(name))!;
}

/**
 * Rows of weights times columns of what the layer reads, in float64, laid out as the layer's output: [batch, channels,
 * space] for convolutions, and for products of matrices with the channels in the rows or in the last dimension.
 */
export function productsOf(layer: Layer, weight: Tensor, x: Tensor): Float64Array {
  const form = linearFormOf(layer, weight.dims)!;
  const { groups, rows, depth, places } = form;
  const columns = columnsOf(layer, form, x, weight.dims, 1);
  const count = columns.positions;
  const read = columns.at(Array.from({ length: count }, (_, i) => i));
  const channels = groups * rows;
  const isConvolution = layer.op.startsWith('Conv');
  const isLeft = !isConvolution && layer.weight!.input === 0;
  const inner = isConvolution ? count / x.dims[0] : isLeft && x.dims.length > 1 ? lastOf(layer, x, depth) : 1;
  const y = new Float64Array(count * channels);
  for (let position = 0; position < count; position++) {
    for (let channel = 0; channel < channels; channel++) {
      const group = Math.floor(channel / rows);
      let sum = 0;
      for (let d = 0; d < depth; d++)
        sum +=
          (weight.data[places[channel * depth + d]] as number) * read[(group * count + position) * depth + d];
      y[(Math.floor(position / inner) * channels + channel) * inner + (position % inner)] = sum;
    }
  }
  return y;
}

/** Columns of what the weight on the left multiplies. */
function lastOf({ op }: Layer, { dims, data }: Tensor, depth: number): number {
  return op === 'Gemm' ? data.length / depth : dims.at(-1)!;
}

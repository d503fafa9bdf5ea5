import { isElementType, type Tensor } from '../numerics/tensor.ts';
import { constantPart } from '../onnx/constants.ts';
import { allTensors } from '../onnx/external-data.ts';
import type { ModelProto, NodeProto } from '../onnx/gen/onnx_pb.ts';
import { shallow } from '../onnx/graph.ts';
import { rawKeptLike } from '../onnx/kept-weights.ts';
import { dropUnread, onlyOutputs } from '../onnx/prune.ts';
import { storedIn } from '../onnx/stored-values.ts';
import { makeTensor } from '../onnx/tensors.ts';
import { openModel } from './open-model.ts';
import type { Runtime } from './runtime.ts';

/**
 * The model with every node that depends on no input replaced by what it makes, under its name: weights are weights,
 * whatever casts, transposes or computes them. ONNX Runtime computes the values. What is no tensor, or of an element type
 * that is not read (text), stays as it is.
 *
 * @param isKept nodes that are to stay, and with them what is made of their outputs
 */
export async function foldConstants(
  model: ModelProto,
  runtime: Runtime,
  isKept: (node: NodeProto) => boolean,
): Promise<ModelProto> {
  const graph = model.graph!;
  const unread = new Set<string>();
  for (;;) {
    const part = constantPart(graph, (node) => isKept(node) || node.output.some((name) => unread.has(name)));
    if (part.nodes.size === 0) return model;
    const values = await computed(model, part.read, runtime);
    const foreign = part.read.filter((name) => !values.has(name));
    if (foreign.length > 0) {
      for (const name of foreign) unread.add(name);
      continue;
    }
    const stored = allTensors(model).find((constant) => storedIn(constant, 'rawData') !== undefined);
    const made = [...values].map(([name, tensor]) => {
      const constant = makeTensor(name, tensor);
      return stored === undefined ? constant : rawKeptLike(stored, constant);
    });
    const folded = shallow(graph, {
      node: graph.node.filter((node) => !part.nodes.has(node)),
      initializer: [...graph.initializer, ...made],
    });
    dropUnread(folded);
    return shallow(model, { graph: folded });
  }
}

/** The values of those of `names` that are tensors of a type that is read. */
async function computed(model: ModelProto, names: readonly string[], runtime: Runtime) {
  const values = new Map<string, Tensor>();
  if (names.length === 0) return values;
  const graph = shallow(model.graph!, {
    initializer: [...model.graph!.initializer],
    input: [],
    valueInfo: [],
  });
  onlyOutputs(graph, new Set(names));
  const session = await openModel(shallow(model, { graph }), { optimize: 'none' }, runtime, 'cpu');
  try {
    const readable = session.outputs.filter(({ type }) => isElementType(type)).map(({ name }) => name);
    if (readable.length === 0) return values;
    for (const [name, tensor] of Object.entries(await session.run({}, readable))) values.set(name, tensor);
    return values;
  } finally {
    await session.close();
  }
}

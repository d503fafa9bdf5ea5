import type { GraphProto, ModelProto, TensorProto } from '../onnx/gen/onnx_pb.ts';
import { shallow } from '../onnx/graph.ts';
import { serializeModel } from '../onnx/model.ts';
import { withoutUnneeded } from '../onnx/prune.ts';
import { checkUnchanged } from '../onnx/stored-values.ts';
import { dataTypeOf, storedBytes } from '../onnx/tensors.ts';
import { withRescalingConvolutions } from './convolution-rescales.ts';
import { type FedDims, withFedDims } from './fed-dims.ts';
import { withLeavesLast } from './leaves-last.ts';
import { type MappedModel, mappedModel, outside } from './mapped-weights.ts';
import type { Provider } from './provider.ts';
import type { ExternalWeight, Runtime, Session, SessionOptions } from './runtime.ts';

/** Bytes of weights up to which a message holds them itself. */
const MAX_INLINE_BYTES = 2 ** 30;

/** Smaller tensors stay in the message whatever its size: shapes and axes are read from there. */
const MIN_EXTERNAL_BYTES = 2 ** 16;

/**
 * Opens a model of any size. A serialized message ends at 2 GiB: the weights of a larger model are handed over
 * beside it, from memory, or mapped where they lie in files.
 *
 * @param provider where it runs, if not where the runtime runs
 * @throws UserError when such a file is no longer what it was, also when the session is closed
 */
export async function openModel(
  model: ModelProto,
  options: SessionOptions,
  runtime: Runtime,
  provider?: Provider,
): Promise<Session> {
  const prepared = shallow(model, {
    graph: preparedGraph(model.graph!, provider ?? runtime.provider, options, runtime.fed),
  });
  const all = { ...options, onCpu: castsOfFloat16(prepared) };
  const mapped = mappedModel(prepared);
  if (mapped !== undefined) return openMapped(mapped, all, runtime, provider);
  if (weightBytes(prepared) <= MAX_INLINE_BYTES) return runtime.open(serializeModel(prepared), all, provider);
  const { bare, weights } = withWeightsBeside(prepared);
  return runtime.open(serializeModel(bare), { ...all, weights }, provider);
}

async function openMapped(
  { bare, folder, files }: MappedModel,
  options: SessionOptions,
  runtime: Runtime,
  provider: Provider | undefined,
): Promise<Session> {
  files.forEach(checkUnchanged);
  const session = await runtime.open(serializeModel(bare), { ...options, folder }, provider);
  return {
    ...session,
    async close() {
      await session.close();
      files.forEach(checkUnchanged);
    },
  };
}

/** The graph without what no output needs, which ONNX Runtime would compute, in the order and the form that are fastest there. */
function preparedGraph(
  graph: GraphProto,
  provider: Provider,
  { optimize }: SessionOptions,
  fed: FedDims | undefined,
): GraphProto {
  const known = fed === undefined ? graph : withFedDims(graph, fed);
  const needed = withLeavesLast(withoutUnneeded(known));
  return provider === 'cpu' && optimize === 'float' ? withRescalingConvolutions(needed) : needed;
}

/** The nodes that turn float32 into float16 and back: what WebGPU makes of a tie is up to its driver, if it has the type. */
function castsOfFloat16({ graph }: ModelProto): string[] {
  const halves = new Set<string>();
  return graph!.node.flatMap(({ opType, name, input, output, attribute }) => {
    if (opType !== 'Cast') return [];
    if (attribute.some((each) => each.name === 'to' && Number(each.i) === dataTypeOf('float16')))
      halves.add(output[0]);
    return halves.has(output[0]) || halves.has(input[0]) ? [name] : [];
  });
}

/** Bytes that the initializers of a model's main graph take in a message. */
export function weightBytes({ graph }: ModelProto): number {
  return graph!.initializer.reduce((sum, tensor) => sum + storedBytes(tensor), 0);
}

/** The model without the values of its larger initializers, and these by the names under which it says that they lie. */
export function withWeightsBeside(model: ModelProto): { bare: ModelProto; weights: ExternalWeight[] } {
  const weights: ExternalWeight[] = [];
  const initializer = model.graph!.initializer.map((tensor): TensorProto => {
    const { rawData: data } = tensor;
    if (data.length < MIN_EXTERNAL_BYTES) return tensor;
    const name = `weight-${weights.length}`;
    weights.push({ name, data });
    return outside(tensor, { location: name, offset: 0, length: data.length });
  });
  return { bare: shallow(model, { graph: shallow(model.graph!, { initializer }) }), weights };
}

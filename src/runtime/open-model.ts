import { create } from '@bufbuild/protobuf';
import {
  type GraphProto,
  type ModelProto,
  StringStringEntryProtoSchema,
  type TensorProto,
  TensorProto_DataLocation,
} from '../onnx/gen/onnx_pb.ts';
import { shallow } from '../onnx/graph.ts';
import { serializeModel } from '../onnx/model.ts';
import { withoutUnneeded } from '../onnx/prune.ts';
import { dataTypeOf } from '../onnx/tensors.ts';
import { withRescalingConvolutions } from './convolution-rescales.ts';
import { withLeavesLast } from './leaves-last.ts';
import type { Provider } from './provider.ts';
import type { ExternalWeight, Runtime, Session, SessionOptions } from './runtime.ts';

/** Bytes of weights up to which a message holds them itself. */
const MAX_INLINE_BYTES = 2 ** 30;

/** Smaller tensors stay in the message whatever its size: shapes and axes are read from there. */
const MIN_EXTERNAL_BYTES = 2 ** 16;

/**
 * Opens a model of any size. A serialized message ends at 2 GiB: the weights of a larger model are handed over
 * beside it, from memory.
 *
 * @param provider where it runs, if not where the runtime runs
 */
export function openModel(
  model: ModelProto,
  options: SessionOptions,
  runtime: Runtime,
  provider?: Provider,
): Promise<Session> {
  const prepared = shallow(model, {
    graph: preparedGraph(model.graph!, provider ?? runtime.provider, options),
  });
  const all = { ...options, onCpu: castsOfFloat16(prepared) };
  if (weightBytes(prepared) <= MAX_INLINE_BYTES) return runtime.open(serializeModel(prepared), all, provider);
  const { bare, weights } = withWeightsBeside(prepared);
  return runtime.open(serializeModel(bare), { ...all, weights }, provider);
}

/** The graph without what no output needs, which ONNX Runtime would compute, in the order and the form that are fastest there. */
function preparedGraph(graph: GraphProto, provider: Provider, { optimize }: SessionOptions): GraphProto {
  const needed = withLeavesLast(withoutUnneeded(graph));
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
  return graph!.initializer.reduce((sum, { rawData }) => sum + rawData.length, 0);
}

/** The model without the values of its larger initializers, and these by the names under which it says that they lie. */
export function withWeightsBeside(model: ModelProto): { bare: ModelProto; weights: ExternalWeight[] } {
  const weights: ExternalWeight[] = [];
  const initializer = model.graph!.initializer.map((tensor): TensorProto => {
    const { rawData: data } = tensor;
    if (data.length < MIN_EXTERNAL_BYTES) return tensor;
    const name = `weight-${weights.length}`;
    weights.push({ name, data });
    return shallow(tensor, {
      rawData: new Uint8Array(),
      dataLocation: TensorProto_DataLocation.EXTERNAL,
      externalData: Object.entries({ location: name, offset: '0', length: String(data.length) }).map(
        ([key, value]) => create(StringStringEntryProtoSchema, { key, value }),
      ),
    });
  });
  return { bare: shallow(model, { graph: shallow(model.graph!, { initializer }) }), weights };
}

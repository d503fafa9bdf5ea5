import type { InferenceSession as OrtSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { UserError } from '../errors.ts';
import type { ElementType, Tensor } from '../numerics/tensor.ts';
import { byEngine, saidBy } from './engine-error.ts';
import { areIntegersExact } from './exact-integers.ts';
import type { FedDims } from './fed-dims.ts';
import { loadOnnxRuntime, type OnnxRuntime } from './load-onnxruntime.ts';
import type { CountedOutput, OutputCounter } from './output-counter.ts';
import { probeModel } from './probe.ts';
import { type Provider, preferred, providerHelp, type RequestedProvider } from './provider.ts';

/** An input or output of a session: null stands for a dynamic dimension. */
export interface Port {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly (number | null)[];
}

export interface Session {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** How many runs may be started before the first is waited for; one if left out. */
  readonly atOnce?: number;
  /**
   * Runs once. `fetches` limits which outputs are computed and returned; all that are tensors if left
   * out.
   *
   * @throws EngineError when ONNX Runtime fails
   */
  run(feeds: Readonly<Record<string, Tensor>>, fetches?: readonly string[]): Promise<Record<string, Tensor>>;
  /** Counts outputs where runs are computed, if that is not in this thread. */
  counterOf?(outputs: readonly CountedOutput[]): OutputCounter;
  close(): Promise<void>;
}

/** Values of a tensor that a model says lie in another file: they are taken from memory instead. */
export interface ExternalWeight {
  /** The name of that file. */
  readonly name: string;
  readonly data: Uint8Array;
}

export interface SessionOptions {
  /** What ONNX Runtime may rewrite; `integer` lets it replace quantize-dequantize groups by its int8 kernels. */
  readonly optimize: 'none' | 'float' | 'integer';
  /** What the model keeps outside of itself; only a model given as bytes has some. */
  readonly weights?: readonly ExternalWeight[];
  /** Absolute path of the folder in which the files lie that a model given as bytes names; they are mapped. */
  readonly folder?: string;
  /** Names of nodes that the CPU is to run where the provider is WebGPU. */
  readonly onCpu?: readonly string[];
  /** Values that a run wants at once, where many are started; they may run side by side where these are few. */
  readonly values?: number;
  /** Cores that a run takes; all if left out. */
  readonly threads?: number;
}

export interface Runtime {
  readonly provider: Provider;
  /** What `auto` tried before it, and why each does not run here. */
  readonly passedOver: ReadonlyMap<Provider, string>;
  /** Version of ONNX Runtime. */
  readonly version: string;
  /** Threads in which small sessions run side by side; one if left out. */
  readonly threads?: number;
  /** What all runs of its sessions feed; nothing is known of that if left out. */
  readonly fed?: FedDims;
  /**
   * Opens a model given as bytes or as a path. The provider decides where it runs unless `provider` says otherwise.
   *
   * @throws EngineError when ONNX Runtime does not take it
   */
  open(model: Uint8Array | string, options: SessionOptions, provider?: Provider): Promise<Session>;
}

/**
 * Starts ONNX Runtime on a provider and proves with a one-node model that it computes there.
 *
 * @param folder where onnxruntime-node is installed, if not beside this program
 * @throws UserError when the provider that was asked for does not run: nothing falls back silently
 */
export async function startRuntime(requested: RequestedProvider, folder?: string): Promise<Runtime> {
  const ort = loadOnnxRuntime(folder);
  ort.env.logLevel = 'fatal';
  const candidates = requested === 'auto' ? preferred : [requested];
  const passedOver = new Map<Provider, string>();
  for (const provider of candidates) {
    const failure = await probe(ort, provider);
    if (failure === undefined) {
      const integers = integerKernels(ort);
      return {
        provider,
        passedOver,
        version: ort.env.versions.node ?? 'unknown',
        open: (model, options, on = provider) =>
          byEngine('open', async () => {
            const extra = options.optimize === 'integer' ? await integers() : asWritten;
            return openSession(ort, model, { ...options, extra }, on);
          }),
      };
    }
    if (requested !== 'auto') {
      throw new UserError(`provider ${provider} does not run here (${failure}): ${providerHelp[provider]}`);
    }
    passedOver.set(provider, failure);
  }
  throw new UserError(`ONNX Runtime runs on none of ${candidates.join(', ')} here: ${providerHelp.cpu}`);
}

async function probe(ort: OnnxRuntime, provider: Provider): Promise<string | undefined> {
  try {
    const session = await openSession(
      ort,
      probeModel(),
      { optimize: 'none', extra: proving(provider) },
      provider,
    );
    const { y } = await session.run({ x: { type: 'float32', dims: [2], data: new Float32Array([-1, 2]) } });
    await session.close();
    return y.data[0] === 0 && y.data[1] === 2 ? undefined : 'it computes wrong values';
  } catch (error) {
    return saidBy(error).slice(0, 200);
  }
}

/** Otherwise the CPU would take a node that a provider leaves, and the probe would prove nothing. */
function proving(provider: Provider): Record<string, unknown> {
  return provider === 'cpu' ? {} : { session: { disable_cpu_ep_fallback: '1' } };
}

/**
 * What the integer kernels compute must not depend on the machine: on x86 without VNNI, products of uint8 and int8
 * saturate in pairs at int16 unless the weights are turned into uint8 first. kws-dscnn falls from 92 % to 9 % there. Where
 * products are exact the results are the same bits without, in 0.4 to 0.5 of the time (magika, ppocr-rec).
 */
const unsignedWeights = { session: { x64quantprecision: '1' } };

/** The settings under which the integer kernels of this machine are exact, found out when they are first asked for. */
function integerKernels(ort: OnnxRuntime): () => Promise<Record<string, unknown>> {
  let settings: Promise<Record<string, unknown>> | undefined;
  return () => {
    settings ??= areIntegersExact((model) =>
      openSession(ort, model, { optimize: 'integer', extra: {} }, 'cpu'),
    ).then((areExact) => (areExact ? {} : unsignedWeights));
    return settings;
  };
}

/**
 * Rewrites that change the experiment: ONNX Runtime would quantize the weights of any Conv whose input is
 * dequantized, and fold a multiplier behind an integer accumulator into the weights before it. 1.30 crashes where it
 * takes a pair out at whose dequantized tensor the graph ends as well.
 */
const asWritten = {
  session: { disable_quant_qdq: '1' },
  optimization: {
    disable_specified_optimizers: 'ConvMulFusion;MatMulScaleFusion;QDQFinalCleanupTransformer',
  },
};

function placed(provider: Provider, { onCpu = [] }: SessionOptions) {
  return provider === 'webgpu' && onCpu.length > 0 ? { name: provider, forceCpuNodeNames: onCpu } : provider;
}

async function openSession(
  ort: OnnxRuntime,
  model: Uint8Array | string,
  { extra, ...options }: SessionOptions & { readonly extra: Record<string, unknown> },
  provider: Provider,
): Promise<Session> {
  const settings: OrtSession.SessionOptions = {
    executionProviders: [placed(provider, options)],
    graphOptimizationLevel: { none: 'disabled', float: 'all', integer: 'all' }[options.optimize] as 'all',
    logSeverityLevel: 4,
    ...(options.threads !== undefined && { intraOpNumThreads: options.threads }),
    ...(options.weights && { externalData: options.weights.map(({ name, data }) => ({ path: name, data })) }),
    extra: options.folder === undefined ? extra : within(options.folder, extra),
  };
  const session = await (typeof model === 'string'
    ? ort.InferenceSession.create(model, settings)
    : ort.InferenceSession.create(model, settings));
  const outputs = session.outputMetadata.flatMap(portOf);
  const tensors = outputs.map(({ name }) => name);
  return {
    inputs: session.inputMetadata.flatMap(portOf),
    outputs,
    async run(feeds, fetches) {
      const inputs = Object.fromEntries(
        Object.entries(feeds).map(([name, t]) => [
          name,
          new ort.Tensor(t.type as 'float32', t.data as Float32Array, t.dims),
        ]),
      );
      const results = await byEngine('run', () => session.run(inputs, [...(fetches ?? tensors)]));
      return Object.fromEntries(Object.entries(results).map(([name, value]) => [name, fromOrt(value)]));
    },
    close: () => session.release(),
  };
}

function within(folder: string, { session, ...extra }: Record<string, unknown>): Record<string, unknown> {
  const own = { model_external_initializers_file_folder_path: folder };
  return { ...extra, session: { ...(session as Record<string, string>), ...own } };
}

function fromOrt(value: OrtTensor): Tensor {
  return { type: value.type as ElementType, dims: value.dims, data: value.data as Float32Array };
}

/** Sequences, maps and optionals have no port: nothing here reads or quantizes them. */
function portOf(meta: OrtSession.ValueMetadata): Port[] {
  if (!meta.isTensor) return [];
  const dims = meta.shape.map((d) => (typeof d === 'number' && d >= 0 ? d : null));
  return [{ name: meta.name, type: meta.type as ElementType, dims }];
}

import { pathToFileURL } from 'node:url';
import { messageOf, UserError } from '../errors.ts';
import { arrayOf, elementCount, type Tensor } from '../numerics/tensor.ts';
import { hashData } from './data-hash.ts';
import type { Label } from './labels.ts';
import { moduleFault } from './module-fault.ts';
import { type Feeding, prepareSample } from './prepare-sample.ts';
import type { Dataset, Sample, SampleRange } from './sample.ts';

/** What a data module's default export is called with. */
export interface ModuleContext {
  /** The samples to yield, half-open; undefined asks for all of them. */
  readonly range: SampleRange | undefined;
  readonly signal: AbortSignal | undefined;
}

/** What of a data set is read, and how. */
export interface Reading extends Feeding {
  /** Samples, half-open; undefined stands for all of them. */
  readonly range: SampleRange | undefined;
}

/**
 * A data set that a module of the user's own generates: `export default async function* ({ range, signal })` yields
 * `{ inputs: { name: { type, dims, data } }, label }` with raw values. Its hash covers the module's own file, the
 * range and the preprocessing, not what the module reads. This runs the module's code: open it only from a trusted
 * commit.
 */
export async function openModule(file: string, name: string, reading: Reading): Promise<Dataset> {
  const { range, preprocess } = reading;
  const generate = await loadGenerator(file, name);
  let sha256: Promise<string> | undefined;
  return {
    length: range && range[1] - range[0],
    labelled: undefined,
    sha256() {
      const inputs = { '': [file] };
      sha256 ??= hashData({ inputs, labels: [], range: range ?? null, preprocess: preprocess ?? {} });
      return sha256;
    },
    async *samples(signal) {
      const [from, to] = range ?? [0, Infinity];
      let index = from;
      for await (const value of runGenerator(generate, { range, signal }, { name, file })) {
        signal?.throwIfAborted();
        if (index >= to)
          throw new UserError(
            `${name} yields more than the ${to - from} samples of its range: honour context.range`,
          );
        yield readYielded(value, index, reading, `${name}, sample ${index}`);
        index++;
      }
      if (range !== undefined && index < to)
        throw new UserError(
          `${name} yields ${index - from} samples, range [${from}, ${to}] needs ${to - from}`,
        );
    },
    async close() {},
  };
}

type Generator = (context: ModuleContext) => AsyncIterable<unknown>;

async function loadGenerator(file: string, name: string): Promise<Generator> {
  const exported: { default?: unknown } = await import(pathToFileURL(file).href).catch((error) => {
    throw new UserError(`data module ${name} does not load (${moduleFault(error, file)}): correct it`);
  });
  const { default: generate } = exported;
  if (typeof generate !== 'function') throw noGenerator(name);
  return generate as Generator;
}

function noGenerator(name: string): UserError {
  return new UserError(
    `data module ${name} must export an async generator function as default: export default async function* () { … }`,
  );
}

async function* runGenerator(
  generate: Generator,
  context: ModuleContext,
  { name, file }: { readonly name: string; readonly file: string },
): AsyncGenerator<unknown> {
  try {
    const made: Partial<AsyncIterable<unknown> & Iterable<unknown>> | undefined = generate(context);
    if (made?.[Symbol.asyncIterator] === undefined && made?.[Symbol.iterator] === undefined)
      throw noGenerator(name);
    yield* made as AsyncIterable<unknown>;
  } catch (error) {
    context.signal?.throwIfAborted();
    if (error instanceof UserError) throw error;
    throw new UserError(`data module ${name} fails (${moduleFault(error, file)}): correct it`);
  }
}

/** What is yielded may be read by code of the module, which may fail. */
function readYielded(value: unknown, index: number, reading: Reading, where: string): Sample {
  try {
    return readSample(value, index, reading, where);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${where} cannot be read (${messageOf(error)}): yield plain objects`);
  }
}

function readSample(value: unknown, index: number, { ports, preprocess }: Reading, where: string): Sample {
  const { inputs, label } = (value ?? {}) as { inputs?: Record<string, unknown>; label?: Label };
  const tensors = ports.map((port) => {
    const raw = inputs?.[port.name];
    if (!isTensor(raw))
      throw new UserError(
        `${where}: inputs["${port.name}"] is no tensor: yield { type, dims, data } with a typed array of that type and size`,
      );
    return [port.name, prepareSample(raw, port, { ports, preprocess }, where)] as const;
  });
  return { index, inputs: Object.fromEntries(tensors), label };
}

function isTensor(value: unknown): value is Tensor {
  const { type, dims, data } = (value ?? {}) as Partial<Tensor>;
  if (typeof type !== 'string' || !Array.isArray(dims)) return false;
  const Values = arrayOf(type);
  const isSize = (d: unknown) => Number.isSafeInteger(d) && (d as number) >= 0;
  return (
    Values !== undefined && dims.every(isSize) && data instanceof Values && data.length === elementCount(dims)
  );
}

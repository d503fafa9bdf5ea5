import { extname } from 'node:path';
import { UserError } from '../errors.ts';
import type { Tensor } from '../numerics/tensor.ts';
import { type Place, pathWithin } from '../paths.ts';
import type { Port } from '../runtime/runtime.ts';
import { type Column, listColumn, readTogether } from './column.ts';
import { hashData } from './data-hash.ts';
import { type Label, openLabels } from './labels.ts';
import { openModule, type Reading } from './module.ts';
import { prepareSample } from './prepare-sample.ts';
import type { Preprocess } from './preprocess.ts';
import type { Dataset, SampleRange } from './sample.ts';
import { feedsManyInputs, openSource } from './source.ts';

/** A path for a model with one input (or an archive or folder that holds all of them), or a path for each input. */
export type Source = string | Readonly<Record<string, string>>;

/** A data set as the configuration names it. */
export interface DataSpec {
  readonly inputs: Source;
  /** Defaults to the label column of an image list, if there is one. */
  readonly labels?: string;
  /** Defaults to all samples. */
  readonly range?: SampleRange;
  readonly preprocess?: Preprocess;
}

/**
 * Opens a data set for a model with inputs `ports`.
 *
 * @throws UserError when a file is missing, outside, not of its format, or has too few samples
 */
export async function openDataset(spec: DataSpec, ports: readonly Port[], place: Place): Promise<Dataset> {
  if (typeof spec.inputs === 'string' && ['.mjs', '.js'].includes(extname(spec.inputs))) {
    if (spec.labels !== undefined)
      throw new UserError(
        `${spec.inputs} is a module: it yields its labels itself, leave out ${spec.labels}`,
      );
    refuseFit(spec);
    const file = await pathWithin(place, spec.inputs);
    return openModule(file, spec.inputs, { ports, range: spec.range, preprocess: spec.preprocess });
  }
  const opened: Column<unknown>[] = [];
  const close = async () => {
    await Promise.all(opened.map((column) => column.close?.()));
  };
  const keep = <T>(column: Column<T>) => {
    opened.push(column);
    return column;
  };
  try {
    const inputs: Column<Tensor>[] = [];
    for (const [position, path] of (await inputPaths(spec.inputs, ports, place)).entries())
      inputs.push(keep(await openSource(path, ports[position], position, { place, fit: spec.preprocess })));
    if (!inputs.some(({ isOfImages }) => isOfImages)) refuseFit(spec);
    const range = checkRange(inputs, spec.range);
    const labels = await labelColumn(spec.labels, inputs, place);
    if (labels !== undefined) keep(labels);
    return columnDataset({ inputs, labels }, { ports, range, preprocess: spec.preprocess }, close);
  } catch (error) {
    await close();
    throw error;
  }
}

/** @throws UserError where what are no images are to be resized or cropped */
function refuseFit({ preprocess }: DataSpec): void {
  const key = (['resize', 'crop'] as const).find((each) => preprocess?.[each] !== undefined);
  if (key !== undefined) throw new UserError(`preprocess.${key} is for images: leave it out for other data`);
}

/**
 * The path of each port, in the order of the ports.
 *
 * @throws UserError where one has none
 */
export async function inputPaths(source: Source, ports: readonly Port[], place: Place): Promise<string[]> {
  const names = ports.map((port) => port.name);
  if (typeof source === 'string') {
    if (ports.length > 1 && !(await feedsManyInputs(source, place)))
      throw new UserError(
        `${source}: the model has inputs ${names.join(', ')}: give a path for each, by name`,
      );
    return names.map(() => source);
  }
  const unknown = Object.keys(source).find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new UserError(`inputs: the model has no input "${unknown}": it has ${names.join(', ')}`);
  return names.map((name) => {
    const path = source[name];
    if (path === undefined) throw new UserError(`inputs: input "${name}" of the model has no path: add it`);
    return path;
  });
}

function checkRange(inputs: readonly Column<Tensor>[], range: SampleRange | undefined): SampleRange {
  const [first, ...others] = inputs;
  if (first === undefined) throw new UserError('the model has no inputs: there is nothing to feed');
  const other = others.find((column) => column.length !== first.length);
  if (other !== undefined)
    throw new UserError(
      `${first.name} has ${first.length} samples, ${other.name} has ${other.length}: inputs need the same number`,
    );
  const [from, to] = range ?? [0, first.length];
  if (to > first.length)
    throw new UserError(
      `${first.name} has ${first.length} samples, range [${from}, ${to}] needs ${to}: shorten the range or add data`,
    );
  if (!(from >= 0 && from < to))
    throw new UserError(
      `${first.name}: range [${from}, ${to}] holds no samples: it is [from, to) with from < to`,
    );
  return [from, to];
}

async function labelColumn(
  path: string | undefined,
  inputs: readonly Column<Tensor>[],
  place: Place,
): Promise<Column<Label> | undefined> {
  const own = inputs.find((column) => column.labels !== undefined);
  if (path !== undefined)
    return openLabels(path, inputs.find((column) => column.sampleNames) ?? inputs[0], place);
  // The list's own file is among the files of the inputs already.
  return own && listColumn(own.name, [], own.labels!);
}

/** The columns that samples are put together from, and whether there are labels among them. */
interface SampleColumns {
  /** One for each port. */
  readonly inputs: readonly Column<Tensor>[];
  readonly labels: Column<Label> | undefined;
}

function columnDataset(
  { inputs, labels }: SampleColumns,
  { ports, range: [from, to], preprocess }: Reading & { readonly range: SampleRange },
  close: () => Promise<void>,
): Dataset {
  const columns: readonly Column<Tensor | Label>[] = labels === undefined ? inputs : [...inputs, labels];
  const hashColumns = async () => {
    const named = inputs.map(async (column, i) => [ports[i].name, await column.files(from, to)] as const);
    return hashData({
      inputs: Object.fromEntries(await Promise.all(named)),
      labels: (await labels?.files(from, to)) ?? [],
      byFolder: inputs.find(({ labelsByFolder }) => labelsByFolder)?.labels?.slice(from, to),
      range: [from, to],
      preprocess: preprocess ?? {},
    });
  };
  let sha256: Promise<string> | undefined;
  async function* read(first: number, end: number, signal: AbortSignal | undefined) {
    let index = first;
    for await (const values of readTogether(columns, first, end)) {
      signal?.throwIfAborted();
      const tensors = ports.map((port, i) => {
        const where = `${inputs[i].name}, sample ${index}`;
        return [port.name, prepareSample(values[i] as Tensor, port, { ports, preprocess }, where)] as const;
      });
      const label = labels === undefined ? undefined : (values.at(-1) as Label);
      yield { index, inputs: Object.fromEntries(tensors), label };
      index++;
    }
  }
  return {
    length: to - from,
    labelled: labels !== undefined,
    sha256() {
      sha256 ??= hashColumns();
      return sha256;
    },
    samples: (signal) => read(from, to, signal),
    async *samplesAt(places, signal) {
      for (const place of places) yield* read(from + place, from + place + 1, signal);
    },
    close,
  };
}

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { messageOf, quote, UserError } from '../../errors.ts';
import { parseJson } from '../../json.ts';
import type { Outputs } from '../../metrics/metric.ts';
import { elementCount, type Tensor } from '../../numerics/tensor.ts';
import {
  asExpected,
  type Expected,
  expectedOf,
  type OutputsElsewhere,
  readNpyOutput,
  resultBytes,
  rowOfTensor,
} from './read-output.ts';

/** Outputs of one run, by name: undefined for one that is not there. */
type ReadRun = (name: string, expected: Expected) => Promise<Tensor | undefined>;

/** How a device, or the tool that ran it, has written its outputs. */
interface Layout {
  /** Number of runs. */
  readonly count: number;
  open(run: number): Promise<ReadRun>;
}

const FORMS =
  '000000/<output>.npy (or 000000/0.npy) a sample, 000000.npy a sample, Result_0/<output>.raw of snpe-net-run and qnn-net-run, or 000000.json of trtexec --exportOutput';
/** Of one run as JSON, where a number takes up to 25 characters. */
const JSON_BYTES_A_VALUE = 32;
const MAX_FILES = 1000;

/**
 * The outputs that a device returned, from a folder with one entry for each evaluation sample, in their order.
 *
 * @param folder absolute
 * @param where the folder, for messages
 * @param names of the model's outputs
 * @param rows samples of one run, which a model of a fixed batch takes together
 * @throws UserError when the folder is of no form that is known
 */
export async function deviceOutputs(
  folder: string,
  where: string,
  names: readonly string[],
  rows: number,
): Promise<OutputsElsewhere> {
  const layout = await layoutOf(folder, where, names);
  let last: { readonly run: number; readonly read: ReadRun } | undefined;
  return async (sample, like) => {
    const run = Math.floor(sample / rows);
    if (run >= layout.count)
      throw new UserError(
        `${where} has outputs of ${layout.count * rows} samples, and none of sample ${sample}: give those of all samples, or --samples ${layout.count * rows}`,
      );
    if (last?.run !== run) last = { run, read: await layout.open(run) };
    const found: [string, Tensor][] = [];
    for (const name of names) {
      const tensor = await last.read(name, expectedOf(like[name], rows));
      if (tensor !== undefined) found.push([name, rowOfTensor(tensor, sample % rows, rows)]);
    }
    return Object.fromEntries(found) as Outputs;
  };
}

async function layoutOf(folder: string, where: string, names: readonly string[]): Promise<Layout> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error) => {
    throw new UserError(
      `${where} cannot be read (${messageOf(error)}): give the folder of a device's outputs`,
    );
  });
  const of = (pattern: RegExp) => entries.map(({ name }) => name).filter((name) => pattern.test(name));
  const results = of(/^Result_\d+$/);
  const folders = of(/^\d+$/);
  const arrays = of(/^\d+\.npy$/);
  const jsons = of(/^\d+\.json$/);
  if (results.length > 0) {
    const path = inOrder(results, where);
    return {
      count: results.length,
      open: (run) => openRaw(join(folder, path(run)), `${where}/${path(run)}`, names),
    };
  }
  if (folders.length > 0) {
    const path = inOrder(folders, where);
    return {
      count: folders.length,
      open: async (run) => openArrays(join(folder, path(run)), `${where}/${path(run)}`, names),
    };
  }
  if (arrays.length > 0) {
    const path = inOrder(arrays, where);
    const read =
      (run: number): ReadRun =>
      async (name, expected) =>
        name === names[0]
          ? readNpyOutput(join(folder, path(run)), `${where}/${path(run)}`, expected)
          : undefined;
    return { count: arrays.length, open: async (run) => read(run) };
  }
  if (jsons.length > 0) {
    const path = inOrder(jsons, where);
    return {
      count: jsons.length,
      open: async (run) => openJson(join(folder, path(run)), `${where}/${path(run)}`),
    };
  }
  throw new UserError(`${where} holds no outputs in a form that is known: give ${FORMS}`);
}

/** The entries by the number in their names, each of which is there, from 0. */
function inOrder(names: readonly string[], where: string): (run: number) => string {
  const byNumber = new Map(names.map((name) => [Number(/\d+/.exec(name)![0]), name]));
  for (let i = 0; i < names.length; i++)
    if (!byNumber.has(i))
      throw new UserError(
        `${where} has ${names.length} results and none of number ${i}: number them from 0, one a sample`,
      );
  return (run) => byNumber.get(run)!;
}

/** One .npy file for each output, by its name or by its place. */
function openArrays(folder: string, where: string, names: readonly string[]): ReadRun {
  return async (name, expected) => {
    for (const file of [`${fileName(name)}.npy`, `${names.indexOf(name)}.npy`]) {
      const tensor = await readNpyOutput(join(folder, file), `${where}/${file}`, expected);
      if (tensor !== undefined) return tensor;
    }
    return undefined;
  };
}

/** Raw float32, as snpe-net-run and qnn-net-run write it; a `/` in a name is a folder to the one and a `_` to the other. */
async function openRaw(folder: string, where: string, names: readonly string[]): Promise<ReadRun> {
  const all = await readdir(folder, { recursive: true, encoding: 'utf8' });
  const files = all.filter((file) => file.endsWith('.raw')).slice(0, MAX_FILES);
  return async (name, expected) => {
    const isAlone = files.length === 1 && names.length === 1;
    const file = isAlone ? files[0] : files.find((each) => plainName(each.slice(0, -4)) === plainName(name));
    if (file === undefined) return undefined;
    const count = elementCount(expected.dims);
    const own = `${where}/${file}`;
    const bytes = await resultBytes(join(folder, file), own, 4 * count);
    if (bytes === undefined) return undefined;
    if (bytes.length !== 4 * count)
      throw new UserError(
        `${own} holds ${bytes.length} bytes, ${quote(name)} of shape (${expected.dims.join(', ')}) in float32 has ${4 * count}: let the tool write float32`,
      );
    const data = new Float32Array(new Uint8Array(bytes).buffer);
    return asExpected({ type: 'float32', dims: expected.dims, data }, own, expected);
  };
}

/** As converters rename tensors: what is no letter or digit is `_`, and a digit does not come first. */
function plainName(name: string): string {
  return name.replace(/[^A-Za-z0-9]+/g, '_').replace(/^_/, '');
}

/** A name as that of a file, without what leads elsewhere. */
function fileName(name: string): string {
  return name.replace(/[/\\\0]/g, '_');
}

const exported = z
  .array(
    z.object({
      name: z.string().max(1024),
      dimensions: z.string().regex(/^\d+(x\d+)*$/),
      values: z.array(z.number()),
    }),
  )
  .max(MAX_FILES);

/** What trtexec --exportOutput writes: name, dimensions such as `1x10`, and values of each output. */
function openJson(path: string, where: string): ReadRun {
  let tensors: z.output<typeof exported> | undefined;
  return async (name, expected) => {
    const count = elementCount(expected.dims);
    if (tensors === undefined) {
      const bytes = await resultBytes(path, where, MAX_FILES * 1024 + 64 * JSON_BYTES_A_VALUE * count);
      const remedy = 'give what trtexec --exportOutput wrote';
      tensors = parseJson(bytes!, exported, { where, what: 'outputs of trtexec', remedy });
    }
    const found = tensors.find((each) => each.name === name);
    if (found === undefined) return undefined;
    const dims = found.dimensions.split('x').map(Number);
    if (elementCount(dims) !== found.values.length)
      throw new UserError(
        `${where} has ${found.values.length} values of ${quote(name)}, which is ${found.dimensions}: export it again`,
      );
    return asExpected({ type: 'float64', dims, data: Float64Array.from(found.values) }, where, expected);
  };
}

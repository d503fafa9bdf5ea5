import { readFile, stat } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { markdownTable } from 'markdown-table';
import { messageOf, printable, UserError } from '../errors.ts';
import { parameterFormats } from '../formats/index.ts';
import { type FileContents, type ReadParameters, rangesOf } from '../formats/parameter-set.ts';
import { readQdq } from '../formats/qdq-onnx.ts';
import { parseModel } from '../onnx/model.ts';
import type { World } from './world.ts';

const QDQ_TITLE = 'ONNX model with explicit Q/DQ';

const MAX_BYTES = 256 * 1024 * 1024;

/** Prints what a parameter file says, whoever wrote it: a table, or with `json` every channel of every tensor. */
export async function inspect(
  file: string,
  options: { readonly json?: boolean },
  world: Pick<World, 'cwd' | 'print'>,
): Promise<number> {
  const { title, tensors, left } = contentsOf(await readBytes(resolve(world.cwd, file), file), file);
  if (options.json) {
    const report = { file, format: title, tensors: tensors.map(toJson), left };
    world.print(escapeControls(JSON.stringify(report, null, 2)));
    return 0;
  }
  world.print(
    `${printable(file)}: ${title}, ${tensors.length === 1 ? '1 tensor' : `${tensors.length} tensors`}`,
  );
  if (tensors.length > 0) world.print(table(tensors));
  for (const { name, why } of left) world.print(`left out: ${printable(name)}: ${why}`);
  return 0;
}

/** @throws UserError when no format claims the file, or the one that does cannot read it */
function contentsOf(bytes: Uint8Array, where: string): FileContents & { readonly title: string } {
  const text = utf8(bytes);
  const format = text === undefined ? undefined : parameterFormats.find((f) => f.recognizes(text));
  if (format !== undefined) return { title: format.title, ...format.read(text!, where) };
  if (extname(where).toLowerCase() === '.onnx')
    return { title: QDQ_TITLE, ...readQdq(parseModel(bytes, where), where) };
  const known = [...parameterFormats.map((f) => f.title), QDQ_TITLE].join('; ');
  throw new UserError(`${where} is no parameter file that quantgate knows: give one of these: ${known}`);
}

async function readBytes(path: string, where: string): Promise<Uint8Array> {
  try {
    const info = await stat(path);
    if (!info.isFile()) throw new Error('not a file');
    if (info.size > MAX_BYTES) throw new Error('larger than 256 MiB');
    return await readFile(path);
  } catch (error) {
    throw new UserError(`${where} cannot be read (${messageOf(error)}): give a parameter file`);
  }
}

/** The text of bytes that are UTF-8, without a byte order mark. */
function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function table(tensors: readonly ReadParameters[]): string {
  const head = ['tensor', 'kind', 'bits', 'alpha', 'beta', 'scale', 'zero point', 'channels'];
  const rows = tensors.map((t) => {
    const ranges = rangesOf(t);
    return [
      printable(t.name),
      t.kind ?? '',
      String(t.bits),
      real(least(ranges.map((r) => r.alpha))),
      real(greatest(ranges.map((r) => r.beta))),
      span(t.scales),
      span(t.zeroPoints),
      t.axis === null ? '' : String(t.scales.length),
    ];
  });
  return markdownTable([head, ...rows], { align: ['l', 'l', 'r', 'r', 'r', 'r', 'r', 'r'] });
}

/** `0.5`, or `0.1 … 0.5` of channels that differ. */
function span(values: readonly number[]): string {
  const [low, high] = [least(values), greatest(values)];
  return low === high ? real(low) : `${real(low)} … ${real(high)}`;
}

function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b));
}

function greatest(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b));
}

/** Seven digits, as many as a float32 is sure of. */
function real(value: number): string {
  return String(Number(value.toPrecision(7)));
}

function toJson(t: ReadParameters) {
  const ranges = rangesOf(t);
  return { ...t, alphas: ranges.map((r) => r.alpha), betas: ranges.map((r) => r.beta) };
}

/** JSON leaves some characters alone that a terminal obeys. */
function escapeControls(json: string): string {
  return json.replace(/[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/g, (c) => {
    return `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

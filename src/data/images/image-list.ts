import { dirname } from 'node:path';
import { parse } from 'csv-parse/sync';
import { messageOf, UserError } from '../../errors.ts';
import type { Tensor } from '../../numerics/tensor.ts';
import { readText } from '../../read-file.ts';
import type { Port } from '../../runtime/runtime.ts';
import type { Column } from '../column.ts';
import type { ImageFit } from './fit-image.ts';
import { imageColumn } from './image-column.ts';

/** Bytes of a list. */
const MAX_LIST_BYTES = 2 ** 26;
/** Lines of a list: ImageNet has 1.3 million images to train on. */
const MAX_LINES = 2_000_000;
/** Characters of a line. */
const MAX_LINE = 4096;
const HEADERS = ['file', 'file,label', 'file,text'];

/**
 * An image list: plain relative paths inside the list's own folder, and class ids or texts if there is a column `label` or
 * `text`.
 */
export interface ImageList {
  readonly files: readonly string[];
  /** Where each of them is in the list, counted from 1. */
  readonly lines: readonly number[];
  readonly labels?: readonly (number | string)[];
}

/**
 * Reads the text of an image list, whose header is `file`, `file,label` or `file,text`.
 *
 * @throws UserError naming the line
 */
export function parseImageList(text: string, where: string): ImageList {
  checkLines(text, where);
  let rows: Row[];
  try {
    rows = parse(text, {
      bom: true,
      skip_empty_lines: true,
      trim: true,
      info: true,
      max_record_size: MAX_LINE,
      // All that is known of a line would take ten times its memory.
      on_record: (({ record, info }: Parsed): Row => [info.lines, ...record]) as never,
    }) as unknown as Row[];
  } catch (error) {
    throw new UserError(
      `${where} is no list of images (${messageOf(error)}): give every line as many cells as the header`,
    );
  }
  const [header, ...images] = rows;
  const title = header?.slice(1).join(',');
  if (title === undefined || !HEADERS.includes(title))
    throw new UserError(
      `${where}: the header is "${title?.slice(0, 80) ?? ''}": it must be "file", "file,label" or "file,text"`,
    );
  const files = images.map(([, file]) => file);
  const lines = images.map(([line]) => line);
  if (title === 'file') return { files, lines };
  if (title === 'file,text') return { files, lines, labels: images.map(([, , text]) => text!) };
  const labels = images.map(([, , label], index) => {
    if (!/^\d{1,9}$/.test(label!))
      throw new UserError(
        `${where}, line ${lines[index]}: the label is "${label}": labels are class ids, 0 or more`,
      );
    return Number(label);
  });
  return { files, lines, labels };
}

function checkLines(text: string, where: string): void {
  let lines = 0;
  for (let at = 0; at >= 0 && lines <= MAX_LINES; lines++) at = nextLine(text, at);
  if (lines > MAX_LINES) throw new UserError(`${where} has more than ${MAX_LINES} lines: split the list`);
}

function nextLine(text: string, from: number): number {
  const end = /[\r\n]+/g;
  end.lastIndex = from;
  return end.test(text) ? end.lastIndex : -1;
}

/** The line that a record ends on, counted from 1, and its cells. */
type Row = [line: number, file: string, label?: string];

/** A record as csv-parse gives it. */
interface Parsed {
  readonly record: [string, string?];
  readonly info: { readonly lines: number };
}

/** @throws UserError when the file is too large or not an image list */
export async function readImageList(path: string, name: string): Promise<ImageList> {
  const text = await readText(path, MAX_LIST_BYTES).catch((error) => {
    throw new UserError(`${name} cannot be read (${messageOf(error)}): give a list of images`);
  });
  return parseImageList(text, name);
}

/**
 * The images of a list.
 *
 * @throws UserError when the port does not take images, or naming the image that cannot be used
 */
export async function openImageList(
  path: string,
  name: string,
  port: Port,
  fit: ImageFit,
): Promise<Column<Tensor>> {
  const { files, lines, labels } = await readImageList(path, name);
  const folder = dirname(path);
  const whereOf = (index: number) => `${name}, line ${lines[index]}`;
  return imageColumn({ name, folder, files, labels, own: [path], whereOf }, port, fit);
}

import { extname, resolve } from 'node:path';
import { messageOf, UserError } from '../errors.ts';
import { parameterFormats } from '../formats/index.ts';
import type { FileContents } from '../formats/parameter-set.ts';
import { readQdq } from '../formats/qdq-onnx.ts';
import { parseModel } from '../onnx/model.ts';
import { readWhole } from '../read-file.ts';

const QDQ_TITLE = 'ONNX model with explicit Q/DQ';

const MAX_BYTES = 256 * 1024 * 1024;

/** What a parameter file says, and what it is called. */
export interface TitledContents extends FileContents {
  readonly title: string;
}

/**
 * Reads a parameter file, whoever wrote it.
 *
 * @param file relative to `cwd` or absolute
 * @throws UserError when it cannot be read, no format claims it, or the one that does cannot read it
 */
export async function readParameterFile(file: string, cwd: string): Promise<TitledContents> {
  return contentsOf(await readBytes(resolve(cwd, file), file), file);
}

/** @throws UserError when no format claims the file, or the one that does cannot read it */
function contentsOf(bytes: Uint8Array, where: string): TitledContents {
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
    return await readWhole(path, MAX_BYTES);
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

import { UserError } from '../errors.ts';
import type { ElementType } from '../numerics/tensor.ts';

/** What the header of a .npy file says. */
export interface NpyHeader {
  readonly type: ElementType;
  readonly bigEndian: boolean;
  readonly shape: readonly number[];
  /** Where the values start, in bytes. */
  readonly offset: number;
}

/** Bytes that hold any header: numpy itself reads no header longer than 10,000 characters. */
export const MAX_HEADER_BYTES = 12 + 10_000;

const elementTypes: Readonly<Record<string, ElementType>> = {
  b1: 'bool',
  i1: 'int8',
  u1: 'uint8',
  i2: 'int16',
  u2: 'uint16',
  i4: 'int32',
  u4: 'uint32',
  i8: 'int64',
  u8: 'uint64',
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
};

/**
 * Reads the header of a .npy file, versions 1 to 3, from the file's first bytes (NEP 1; numpy.lib.format).
 *
 * @throws UserError when it is not a header, or not one of a plain numeric array in C order
 */
export function parseNpyHeader(bytes: Uint8Array, where: string): NpyHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = bytes.length >= 12 && String.fromCharCode(...bytes.subarray(0, 6)) === '\x93NUMPY';
  if (!magic) throw new UserError(`${where} is not a .npy file: save the array with numpy.save`);
  const version = view.getUint8(6);
  if (version < 1 || version > 3)
    throw new UserError(`${where} has .npy version ${version}, known are 1 to 3: save it again`);
  const start = version === 1 ? 10 : 12;
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (start + length > bytes.length)
    throw new UserError(`${where} is cut off in its header, or the header is too long: save it again`);
  const text = new TextDecoder('latin1').decode(bytes.subarray(start, start + length)).replace(/\s/g, '');
  const entries = parseEntries(text);
  const { descr, fortran_order: fortranOrder, shape } = entries;
  if (descr?.includes('O'))
    throw new UserError(`${where} holds pickled Python objects, which are never read: save a numeric array`);
  const type = /^'[<>|]([a-z]\d)'$/.exec(descr ?? '');
  const elementType = type === null ? undefined : elementTypes[type[1]];
  if (elementType === undefined || fortranOrder === undefined || shape === undefined)
    throw new UserError(
      `${where} is not a plain numeric array (${text.slice(0, 80)}): save one array of numbers`,
    );
  if (fortranOrder === 'True')
    throw new UserError(`${where} is in Fortran order: save numpy.ascontiguousarray(array)`);
  return {
    type: elementType,
    bigEndian: descr!.startsWith("'>"),
    shape: [...shape.matchAll(/\d+/g)].map(([size]) => Number(size)),
    offset: start + length,
  };
}

/** The values of the header's Python dictionary as text; empty when it is anything but that. */
function parseEntries(text: string): Partial<Record<string, string>> {
  // Written so that no text can be split in two ways: a hostile header costs linear time.
  const value = /'[^']*'|True|False|\((?:\d+L?,)*(?:\d+L?)?\)/.source;
  const entry = `'(descr|fortran_order|shape)':(${value}),?`;
  if (!new RegExp(`^\\{(?:${entry}){3}\\}$`).test(text)) return {};
  return Object.fromEntries([...text.matchAll(new RegExp(entry, 'g'))].map(([, key, found]) => [key, found]));
}

import { buffer } from 'node:stream/consumers';
import { type Entry, fromBufferPromise } from 'yauzl';
import { checkedContent } from '../checked-content.ts';
import { messageOf, quote, UserError } from '../errors.ts';

const MAX_ENTRIES = 200;
const MAX_BYTES = 2 ** 28;
/** Anything this small may compress as well as it likes: the scores of a perfect model do. */
const SMALL = 2 ** 24;
const MAX_RATIO = 100;
const ENCRYPTED = 1;
const FILE_TYPE = 0o170000;
const SYMBOLIC_LINK = 0o120000;

/**
 * The files of a zip, in memory, by their path in it. Nothing of a hostile archive gets further than this: at most 200
 * entries and 256 MiB, no path out of the archive, no two of one name, no links, no encryption, no bombs.
 *
 * @param where what the archive is, for messages
 * @throws UserError when it is none, or breaks one of these rules
 */
export async function unzip(zip: Uint8Array, where: string): Promise<Map<string, Uint8Array>> {
  try {
    return await unpack(Buffer.from(zip.buffer, zip.byteOffset, zip.byteLength), where);
  } catch (error) {
    throw error instanceof UserError
      ? error
      : refuse(where, `it is not a readable zip (${messageOf(error)})`);
  }
}

async function unpack(zip: Buffer, where: string): Promise<Map<string, Uint8Array>> {
  const archive = await fromBufferPromise(zip, { strictFileNames: true });
  if (archive.entryCount > MAX_ENTRIES) {
    throw refuse(where, `it has ${archive.entryCount} entries, at most ${MAX_ENTRIES} are read`);
  }
  const files = new Map<string, Uint8Array>();
  const names = new Set<string>();
  let left = MAX_BYTES;
  for await (const entry of archive.eachEntry()) {
    if (entry.fileName.endsWith('/')) continue;
    const problem = problemOf(entry, left);
    if (problem !== undefined) throw refuse(where, `${quote(entry.fileName)} ${problem}`);
    // File systems that ignore case or composition would see one file.
    const folded = entry.fileName.normalize('NFC').toLowerCase();
    if (names.has(folded)) throw refuse(where, `${quote(entry.fileName)} is in it twice`);
    names.add(folded);
    left -= entry.uncompressedSize;
    // The stream itself fails when it does not end at the size that the archive states.
    files.set(
      entry.fileName,
      await buffer(checkedContent(await archive.openReadStreamPromise(entry), entry)),
    );
  }
  return files;
}

function problemOf(entry: Entry, left: number): string | undefined {
  const { fileName, uncompressedSize, compressedSize } = entry;
  if (!isPlainPath(fileName)) return 'is not a plain relative path';
  if (((entry.externalFileAttributes >>> 16) & FILE_TYPE) === SYMBOLIC_LINK) return 'is a link';
  if ((entry.generalPurposeBitFlag & ENCRYPTED) !== 0) return 'is encrypted';
  if (uncompressedSize > left) return `makes it larger than ${MAX_BYTES} bytes`;
  if (uncompressedSize > SMALL && uncompressedSize > MAX_RATIO * compressedSize) {
    return `unpacks to more than ${MAX_RATIO} times its size`;
  }
  return undefined;
}

function isPlainPath(path: string): boolean {
  const parts = path.split('/');
  return path.length <= 255 && parts.every((part) => !/^\.{0,2}$|[\p{Cc}\p{Cf}\\:*?"<>|]/u.test(part));
}

function refuse(where: string, why: string): UserError {
  return new UserError(`${where} is refused: ${why}: make it again with quantgate`);
}

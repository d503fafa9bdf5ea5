import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { checkedContent } from '../checked-content.ts';
import { messageOf, quote, UserError } from '../errors.ts';
import type { Tensor } from '../numerics/tensor.ts';
import type { Column } from './column.ts';
import { checkedHeader, openNpy } from './npy.ts';
import { MAX_HEADER_BYTES } from './npy-header.ts';

const MAX_MEMBERS = 10_000;
/** Bytes of an array. */
const MAX_MEMBER_BYTES = 2 ** 33;
/** Bytes: an array this small may compress as well as it likes, as masks and labels do. */
const SMALL_BYTES = 2 ** 28;
/** Deflate reaches 1032 : 1 on zeros; data that say anything do not come near this. */
const MAX_RATIO = 100;

/**
 * One array of a .npz archive. Once its header is seen to fit its size it is unpacked into a temporary folder, which
 * `close` removes, so that rows can be read one by one whatever the size of the array.
 *
 * @param member the array's name in the archive; if undefined it is `fallback`, or the only array there is
 * @throws UserError when the archive is damaged or too large, has no such array, or there is no room to unpack it
 */
export async function openNpz(
  path: string,
  name: string,
  member: string | undefined,
  fallback: string,
): Promise<Column<Tensor>> {
  try {
    const archive = await openPromise(path, { autoClose: false });
    try {
      const entry = pickEntry(await listEntries(archive, name), name, { member, fallback });
      checkSize(entry, name);
      checkedHeader(await headOf(archive, entry), entry.uncompressedSize, name);
      return await unpacked(archive, entry, name);
    } finally {
      archive.close();
    }
  } catch (error) {
    throw error instanceof UserError
      ? error
      : new UserError(`${name} is not a readable .npz archive (${messageOf(error)}): save it again`);
  }
}

/** Which array of an archive is meant. */
interface Wanted {
  /** The one that the user names. */
  readonly member: string | undefined;
  /** The one to take otherwise, where it is there. */
  readonly fallback: string;
}

/** The first bytes of an array, which hold its header. */
async function headOf(archive: ZipFile, entry: Entry): Promise<Uint8Array> {
  const needed = Math.min(entry.uncompressedSize, MAX_HEADER_BYTES);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of await archive.openReadStreamPromise(entry)) {
    chunks.push(chunk as Uint8Array);
    size += chunk.length;
    if (size >= needed) break;
  }
  return Buffer.concat(chunks).subarray(0, needed);
}

/** @throws UserError when there is no room */
async function unpacked(archive: ZipFile, entry: Entry, name: string): Promise<Column<Tensor>> {
  const folder = await mkdtemp(join(tmpdir(), 'quantgate-npz-')).catch((error) => {
    throw noRoom(name, error);
  });
  const close = () => rm(folder, { recursive: true, force: true });
  const file = join(folder, 'member.npy');
  try {
    // The stream itself fails when it does not end at the size that the archive states.
    await pipeline(
      await archive.openReadStreamPromise(entry),
      (chunks: AsyncIterable<Buffer>) => checkedContent(chunks, entry),
      createWriteStream(file, { flags: 'wx' }),
    );
    return { ...(await openNpy(file, name)), files: async () => [file], close };
  } catch (error) {
    await close();
    const { syscall } = error as NodeJS.ErrnoException;
    throw syscall === 'write' || syscall === 'open' ? noRoom(name, error) : error;
  }
}

function noRoom(name: string, error: unknown): UserError {
  return new UserError(
    `${name} cannot be unpacked into ${tmpdir()} (${messageOf(error)}): make room there, or set TMPDIR to another folder`,
  );
}

function checkSize({ fileName, uncompressedSize, compressedSize }: Entry, name: string): void {
  const what = `${name}: array ${quote(fileName)}`;
  if (uncompressedSize > MAX_MEMBER_BYTES)
    throw new UserError(`${what} is larger than 8 GiB: give it as .npy`);
  if (uncompressedSize > SMALL_BYTES && uncompressedSize > MAX_RATIO * compressedSize)
    throw new UserError(`${what} unpacks to more than ${MAX_RATIO} times its size: give it as .npy`);
}

async function listEntries(archive: ZipFile, name: string): Promise<Entry[]> {
  if (archive.entryCount > MAX_MEMBERS)
    throw new UserError(
      `${name} has ${archive.entryCount} members, at most ${MAX_MEMBERS} are read: split it`,
    );
  const entries: Entry[] = [];
  for await (const entry of archive.eachEntry()) entries.push(entry);
  return entries;
}

function pickEntry(entries: readonly Entry[], name: string, { member, fallback }: Wanted): Entry {
  const arrays = new Map(
    entries
      .filter((entry) => entry.fileName.endsWith('.npy'))
      .map((entry) => [entry.fileName.slice(0, -'.npy'.length), entry]),
  );
  const only = arrays.size === 1 ? [...arrays.values()][0] : undefined;
  const found = member === undefined ? (arrays.get(fallback) ?? only) : arrays.get(member);
  if (found !== undefined) return found;
  const known = [...arrays.keys()].slice(0, 10).join(', ');
  throw new UserError(
    `${name} has no array "${member ?? fallback}" (it has ${known || 'none'}): write the path as file.npz:array`,
  );
}

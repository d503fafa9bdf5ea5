import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { messageOf, UserError } from '../errors.ts';
import type { Tensor } from '../numerics/tensor.ts';
import type { Column } from './column.ts';
import { openNpy } from './npy.ts';

const MAX_MEMBERS = 10_000;
/** Deflate cannot do better than 1032 : 1, so the archive's own size bounds this as well. */
const MAX_MEMBER_BYTES = 2 ** 33;

/** A path and the member of an archive that it names after a colon: `data.npz:images`. */
export function splitMember(source: string): { path: string; member?: string } {
  const match = /^(.*?\.npz):(.+)$/is.exec(source);
  return match === null ? { path: source } : { path: match[1], member: match[2] };
}

/**
 * One array of a .npz archive. It is unpacked into a temporary folder, which `close` removes, so that rows can be
 * read one by one whatever the size of the array.
 *
 * @param member the array's name in the archive; if undefined it is `fallback`, or the only array there is
 * @throws UserError when the archive is damaged or too large, or has no such array
 */
export async function openNpz(
  path: string,
  name: string,
  member: string | undefined,
  fallback: string,
): Promise<Column<Tensor>> {
  const folder = await mkdtemp(join(tmpdir(), 'quantgate-npz-'));
  const close = () => rm(folder, { recursive: true, force: true });
  const file = join(folder, 'member.npy');
  try {
    await unpack({ path, name }, { member, fallback }, file);
    return { ...(await openNpy(file, name)), files: async () => [file], close };
  } catch (error) {
    await close();
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

async function unpack(
  { path, name }: { readonly path: string; readonly name: string },
  wanted: Wanted,
  to: string,
): Promise<void> {
  const archive = await openPromise(path, { autoClose: false });
  try {
    const entries = await listEntries(archive, name);
    const entry = pickEntry(entries, name, wanted);
    if (entry.uncompressedSize > MAX_MEMBER_BYTES)
      throw new UserError(`${name}: ${entry.fileName} is larger than 8 GiB: give it as .npy`);
    // The stream itself fails when it does not end at the size that the archive states.
    await pipeline(await archive.openReadStreamPromise(entry), createWriteStream(to));
  } finally {
    archive.close();
  }
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

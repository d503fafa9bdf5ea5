import { constants, createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

// A pipe that nobody writes to would block the opening itself; Windows has neither.
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

const MIB = 2 ** 20;

/**
 * The bytes of a regular file, which is looked at before anything of it is read: a pipe or a device would never end.
 *
 * @throws Error that says in a few words why it cannot be read: not a file, larger than `maxBytes`, not there
 */
export async function readWhole(path: string, maxBytes: number): Promise<Buffer> {
  const file = await open(path, FLAGS);
  try {
    const { size } = await checkRegular(file);
    if (size > maxBytes) throw new Error(`larger than ${sizeWords(maxBytes)}`);
    const bytes = Buffer.allocUnsafeSlow(size);
    let done = 0;
    while (done < size) {
      const { bytesRead } = await file.read(bytes, done, size - done, done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return bytes.subarray(0, done);
  } finally {
    await file.close();
  }
}

/** `readWhole` of UTF-8. */
export async function readText(path: string, maxBytes: number): Promise<string> {
  return (await readWhole(path, maxBytes)).toString('utf8');
}

/** Read together: the system takes as long for 64 KiB. */
const CHUNK_BYTES = 2 ** 20;

/** The bytes of a file in pieces, whatever its size. */
export function piecesOf(path: string): AsyncIterable<Buffer> {
  return createReadStream(path, { highWaterMark: CHUNK_BYTES });
}

async function checkRegular(file: FileHandle) {
  const kind = await file.stat();
  if (!kind.isFile()) throw new Error('not a file');
  return kind;
}

/** `64 MiB`, or bytes where it is no such number. */
function sizeWords(bytes: number): string {
  return bytes % MIB === 0 ? `${bytes / MIB} MiB` : `${bytes} bytes`;
}

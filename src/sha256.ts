import { createHash } from 'node:crypto';
import { z } from 'zod';
import { piecesOf } from './read-file.ts';

/** A SHA-256 as every file of quantgate holds it: 64 hex digits. */
export const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/);

/** The SHA-256 of texts (as UTF-8) and bytes, one after the other, in hex. */
export function sha256Of(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/** The SHA-256 of bytes and of the files after them, in hex; a file is streamed, whatever its size. */
export async function sha256OfFiles(files: readonly string[], bytes?: Uint8Array): Promise<string> {
  const hash = createHash('sha256').update(bytes ?? '');
  for (const file of files) {
    for await (const piece of piecesOf(file)) hash.update(piece);
  }
  return hash.digest('hex');
}

import { z } from 'zod';
import type { Reference } from './metric.ts';

/** What a file may hold of a reference: a class id, or base64 of little-endian float32. */
export const referenceJson = z.union([z.int(), z.string().max(2 ** 27)]);
export type ReferenceJson = z.infer<typeof referenceJson>;

export function encodeReference(reference: Reference): ReferenceJson {
  if (typeof reference === 'number') return reference;
  return Buffer.from(reference.buffer, reference.byteOffset, reference.byteLength).toString('base64');
}

export function decodeReference(encoded: ReferenceJson): Reference {
  if (typeof encoded === 'number') return encoded;
  const bytes = Buffer.from(encoded, 'base64');
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + (bytes.byteLength & ~3)));
}

import { type Batch, inputElements } from './batch.ts';

/** Input values held at once, in elements (64 MiB of float32): sessions that take turns too often slow each other down. */
const CHUNK_ELEMENTS = 2 ** 24;

/**
 * Groups batches that several sessions run one after the other.
 *
 * @param isEnd whether a chunk ends where so many samples were seen
 */
export async function* inChunks(
  batches: AsyncIterable<Batch>,
  isEnd: (seen: number) => boolean = () => false,
): AsyncGenerator<Batch[]> {
  let chunk: Batch[] = [];
  let elements = 0;
  let seen = 0;
  for await (const batch of batches) {
    chunk.push(batch);
    elements += inputElements(batch);
    seen += batch.indices.length;
    if (!isEnd(seen) && elements < CHUNK_ELEMENTS) continue;
    yield chunk;
    chunk = [];
    elements = 0;
  }
  if (chunk.length > 0) yield chunk;
}

import type { ParquetValue } from './read-rows.ts';

/** Decoded bytes of a column that are kept, and those that a value takes beside its data. */
const MAX_BYTES = 2 ** 26;
const VALUE_BYTES = 256;

interface KeptGroup {
  readonly values: readonly ParquetValue[] | undefined;
  readonly bytes: number;
}

/** A group that is too large, or damaged. */
const STREAMED: KeptGroup = { values: undefined, bytes: 0 };

/** The values of a row group; undefined where it is to be streamed. */
export type KeptGroups = (group: number) => Promise<readonly ParquetValue[] | undefined>;

/**
 * Keeps the row groups that parts are read of again and again, as samples in drawn order are: from the second time on, one is
 * decoded once, as long as they all fit. Those asked for longest ago go first.
 *
 * @param decode all rows of a group
 * @param most decoded bytes that are kept
 */
export function keepGroups(
  decode: (group: number) => AsyncIterable<ParquetValue>,
  most = MAX_BYTES,
): KeptGroups {
  const asked = new Set<number>();
  const kept = new Map<number, KeptGroup>();
  let held = 0;

  function makeRoom(): void {
    for (const [group, { bytes }] of kept) {
      if (held <= most) return;
      kept.delete(group);
      asked.delete(group);
      held -= bytes;
    }
  }

  return async (group) => {
    if (!asked.has(group)) {
      asked.add(group);
      return undefined;
    }
    const found = kept.get(group) ?? (await decoded(decode(group), most));
    // Another reader may have decoded it meanwhile.
    held += found.bytes - (kept.get(group)?.bytes ?? 0);
    kept.delete(group);
    kept.set(group, found);
    makeRoom();
    return found.values;
  };
}

async function decoded(rows: AsyncIterable<ParquetValue>, most: number): Promise<KeptGroup> {
  const values: ParquetValue[] = [];
  let bytes = 0;
  try {
    for await (const value of rows) {
      bytes += bytesOf(value);
      if (bytes > most) return STREAMED;
      values.push(value);
    }
  } catch {
    // A row that nobody asks for may be damaged: whoever streams to it is told.
    return STREAMED;
  }
  return { values, bytes };
}

function bytesOf(value: ParquetValue): number {
  if (typeof value === 'string') return VALUE_BYTES + 2 * value.length;
  return VALUE_BYTES + (value instanceof Uint8Array ? value : value.data).byteLength;
}

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Preprocess } from './preprocess.ts';

/** What decides the samples of a data set: files in the order of their samples, and what is done to them. */
export interface DataIdentity {
  readonly inputs: Readonly<Record<string, readonly string[]>>;
  readonly labels: readonly string[];
  readonly range: readonly [from: number, to: number] | null;
  readonly preprocess: Preprocess;
}

/** SHA-256 over the content of the files, not their names, and over range and preprocessing. */
export async function hashData({ inputs, labels, range, preprocess }: DataIdentity): Promise<string> {
  const { scale = 1, mean = [0], std = [1], bgr = false } = preprocess;
  const hash = createHash('sha256').update(JSON.stringify({ range, scale, mean, std, bgr }));
  for (const name of Object.keys(inputs).sort())
    hash.update(JSON.stringify([name, await hashFiles(inputs[name]!)]));
  return hash.update(JSON.stringify(await hashFiles(labels))).digest('hex');
}

async function hashFiles(files: readonly string[]): Promise<string[]> {
  const digests: string[] = [];
  for (const file of files) {
    const hash = createHash('sha256');
    await pipeline(createReadStream(file), hash);
    digests.push(hash.digest('hex'));
  }
  return digests;
}

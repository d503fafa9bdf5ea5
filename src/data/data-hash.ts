import { sha256Of, sha256OfFiles } from '../sha256.ts';
import { allOf } from './ahead.ts';
import type { Preprocess } from './preprocess.ts';

/** What decides the samples of a data set: files in the order of their samples, and what is done to them. */
export interface DataIdentity {
  readonly inputs: Readonly<Record<string, readonly string[]>>;
  readonly labels: readonly string[];
  /** Labels that are in no file. */
  readonly byFolder?: readonly (number | string)[];
  readonly range: readonly [from: number, to: number] | null;
  readonly preprocess: Preprocess;
}

/** SHA-256 over the content of the files, not their names, and over range and preprocessing. */
export async function hashData({
  inputs,
  labels,
  byFolder,
  range,
  preprocess,
}: DataIdentity): Promise<string> {
  const { scale = 1, mean = [0], std = [1], bgr = false, resize, crop } = preprocess;
  const parts: unknown[] = [{ range, scale, mean, std, bgr, resize, crop }];
  for (const name of Object.keys(inputs).sort()) parts.push([name, await hashEach(inputs[name])]);
  parts.push(await hashEach(labels));
  if (byFolder !== undefined) parts.push(byFolder);
  return sha256Of(...parts.map((part) => JSON.stringify(part)));
}

function hashEach(files: readonly string[]): Promise<string[]> {
  return allOf(files, (file) => sha256OfFiles([file]));
}

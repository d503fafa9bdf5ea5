import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for the targets that read files. */
export const scratch = mkdtempSync(join(tmpdir(), 'quantgate-fuzz-'));
process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));

/** Writes a file there. @returns its absolute path */
export function scratchFile(name: string, bytes: Uint8Array | string): string {
  const path = join(scratch, name);
  writeFileSync(path, bytes);
  return path;
}

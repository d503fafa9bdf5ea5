import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { root, unpackInto } from './packed.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of the packed and unpacked project, which acceptance and corpus tests run. */
    readonly installed: string;
  }
}

/** What users get is what is tested: dist/ as the sources build it, packed, in a folder that holds nothing else. */
export default function setup(project: TestProject): () => void {
  execFileSync(process.execPath, ['scripts/check-dist.mjs'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const folder = mkdtempSync(join(tmpdir(), 'quantgate-installed-'));
  project.provide('installed', unpackInto(folder));
  return () => rmSync(folder, { recursive: true, force: true });
}

import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import type { JudgedTarget, Report } from '../../src/report/report-schema.ts';
import { targets as chips } from '../../src/targets/index.ts';
import { corpus } from '../support/corpus.ts';
import { installedCli } from '../support/installed.ts';

/** Small inputs that once failed; its README says what is right. */
export const cases = resolve(process.env.CASES ?? join(corpus, '../cases'));
if (!existsSync(cases)) throw new Error(`the small cases are not at ${cases}: set CASES to their folder`);

export interface GatedCase {
  readonly status: number | null;
  readonly output: string;
  readonly report: Report;
  /** By target; those that are errors are not among them. */
  readonly judged: ReadonlyMap<string, JudgedTarget>;
  /** A file for a chip's tools. */
  chipFile(target: string, file: string): string;
}

/** Runs one configuration of a case by the installed command line, with what a test changes of its model's entry. */
export function gateCase(name: string, config: string, changes: object = {}): GatedCase {
  const folder = mkdtempSync(join(tmpdir(), 'quantgate-case-'));
  try {
    cpSync(join(cases, name), folder, { recursive: true });
    const written = parse(readFileSync(join(folder, `${config}.yml`), 'utf8'));
    const [model] = written.models;
    writeFileSync(
      join(folder, 'quantgate.yml'),
      stringify({ ...written, models: [{ ...model, ...changes }] }),
    );
    const { status, stdout, stderr } = spawnSync(process.execPath, [installedCli(), 'run'], {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: process.env.PATH, CI: 'true' },
    });
    const out = join(folder, 'quantgate-out');
    const output = stdout + stderr;
    if (!existsSync(join(out, 'report.json'))) throw new Error(`no report of ${name}/${config}: ${output}`);
    const report: Report = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8'));
    const judged = report.models[0].targets.flatMap((t) =>
      t.verdict === 'error' ? [] : [[t.target, t] as const],
    );
    const files = new Map(
      judged.flatMap(([id, { files: paths }]) =>
        paths.map(
          (path) => [`${id}/${path.split('/').at(-1)}`, readFileSync(join(out, path), 'utf8')] as const,
        ),
      ),
    );
    return {
      status,
      output,
      report,
      judged: new Map(judged),
      chipFile: (target, file) => {
        const text = files.get(`${target}/${file}`);
        if (text === undefined)
          throw new Error(`${file} of ${target} was not written, only ${[...files.keys()].join(', ')}`);
        return text;
      },
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const everyTarget = Object.keys(chips);

/** The drops by target. */
export function dropsOf({ judged }: GatedCase): Record<string, number> {
  return Object.fromEntries([...judged].map(([id, { metric }]) => [id, metric.drop]));
}

/** Names of every tensor that a report gives. */
export function tensorsOf({ judged }: GatedCase): string[] {
  return [...judged.values()].flatMap(({ layers }) =>
    layers.flatMap(({ tensors }) => tensors.map(({ name }) => name)),
  );
}

/** What has a rank, by target: layers that attribution found something out about. */
export function rankedOf({ judged }: GatedCase): Record<string, string[]> {
  return Object.fromEntries(
    [...judged].map(([id, { layers }]) => [
      id,
      layers.filter(({ rank }) => rank !== undefined).map(({ name }) => name),
    ]),
  );
}

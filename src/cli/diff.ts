import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { markdownTable } from 'markdown-table';
import { messageOf, printable, UserError } from '../errors.ts';
import { rangesOf } from '../formats/parameter-set.ts';
import { changesBetween, type Snapshot, type SnapshotChanges } from '../history/snapshot.ts';
import { readReport } from '../report/parse.ts';
import type { JudgedTarget, Report } from '../report/report-schema.ts';
import { rangeText, tinyShare } from '../words/ranges.ts';
import { readParameterFile } from './parameter-file.ts';
import type { World } from './world.ts';

/** Rows of a table. */
const MOST = 20;
const MAX_REPORT_BYTES = 2 ** 28;

/** Exit codes of `quantgate diff`, as of diff(1). */
const exitCodes = { same: 0, different: 1 } as const;

/**
 * Prints what differs between two reports, target by target, or between two parameter files, whoever wrote them: the
 * largest difference first.
 *
 * @throws UserError when one cannot be read, or they are of different kinds
 */
export async function diff(
  before: string,
  after: string,
  { json }: { readonly json?: boolean },
  world: Pick<World, 'cwd' | 'print'>,
): Promise<number> {
  const [old, now] = [await snapshotsOf(before, world.cwd), await snapshotsOf(after, world.cwd)];
  if (old.kind !== now.kind)
    throw new UserError(`${before} is a ${old.kind} and ${after} is a ${now.kind}: give two of a kind`);
  const names = [...now.parts.keys()].filter((name) => old.parts.has(name));
  const differing = names.map(
    (name) => [name, changesBetween(old.parts.get(name)!, now.parts.get(name)!)] as const,
  );
  if (json) world.print(JSON.stringify(Object.fromEntries(differing), (_, value) => value ?? null, 2));
  else {
    for (const [name, changes] of differing) for (const line of linesOf(name, changes)) world.print(line);
    for (const line of onOneSide(old, now)) world.print(line);
  }
  const isSame =
    names.length === old.parts.size &&
    names.length === now.parts.size &&
    differing.every(([, { ranges, impacts }]) => ranges.length + impacts.length === 0);
  return isSame ? exitCodes.same : exitCodes.different;
}

/** A file as what can be compared: of a report each model on each target, of a parameter file the whole. */
interface Parts {
  readonly kind: 'report' | 'parameter file';
  readonly parts: ReadonlyMap<string, Snapshot>;
}

async function snapshotsOf(file: string, cwd: string): Promise<Parts> {
  const report = await reportIn(file, cwd);
  if (report !== undefined) return { kind: 'report', parts: new Map(report.models.flatMap(targetsOf)) };
  const { tensors } = await readParameterFile(file, cwd);
  const ranges = tensors.map((tensor): [string, [number, number]] => {
    const all = rangesOf(tensor);
    const alpha = all.reduce((least, range) => Math.min(least, range.alpha), Infinity);
    const beta = all.reduce((most, range) => Math.max(most, range.beta), -Infinity);
    return [tensor.name, [alpha, beta]];
  });
  return { kind: 'parameter file', parts: new Map([['', { ranges, impacts: [] }]]) };
}

/** The report that a file is; undefined where it is anything else. */
async function reportIn(file: string, cwd: string): Promise<Report | undefined> {
  const path = resolve(cwd, file);
  try {
    if ((await stat(path)).size > MAX_REPORT_BYTES) return undefined;
    const bytes = await readFile(path);
    const head = bytes.subarray(0, 200).toString();
    return /^\s*\{\s*"version":\s*1,\s*"tool":\s*\{\s*"name":\s*"quantgate"/.test(head)
      ? readReport(bytes, file)
      : undefined;
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(
      `${file} cannot be read (${messageOf(error)}): give a report.json or a parameter file`,
    );
  }
}

function targetsOf({ name, targets }: Report['models'][number]): [string, Snapshot][] {
  const judged = targets.filter((target): target is JudgedTarget => target.verdict !== 'error');
  return judged.map(({ target, layers }) => {
    const tensors = layers.flatMap((layer) => layer.tensors);
    const ranges = tensors.map((tensor): [string, [number, number]] => [
      tensor.name,
      [tensor.alpha, tensor.beta],
    ]);
    const impacts = layers.flatMap(({ name, impact }): [string, number][] =>
      impact === undefined ? [] : [[name, impact]],
    );
    return [`${name}, ${target}`, { ranges, impacts }];
  });
}

function linesOf(name: string, { ranges, impacts }: SnapshotChanges): string[] {
  const title = name === '' ? '' : `${name}: `;
  if (ranges.length + impacts.length === 0) return [`${title}nothing differs`];
  const rangeCell = (range: readonly [number, number] | undefined) =>
    range === undefined ? '–' : rangeText({ alpha: range[0], beta: range[1] });
  const noiseCell = (impact: number | undefined) => (impact === undefined ? '–' : tinyShare(impact));
  return [
    `${title}${counted(ranges.length, 'range')} and ${counted(impacts.length, 'layer')} differ`,
    ...tableOf(
      'range',
      ranges.map(({ name, before, after }) => [name, rangeCell(before), rangeCell(after)]),
    ),
    ...tableOf(
      'output noise / signal',
      impacts.map(({ name, before, after }) => [name, noiseCell(before), noiseCell(after)]),
    ),
  ];
}

function tableOf(title: string, rows: readonly string[][]): string[] {
  if (rows.length === 0) return [];
  const shown = rows.slice(0, MOST).map(([name, ...cells]) => [printable(name), ...cells]);
  const text = markdownTable([[title, 'before', 'after'], ...shown], { align: ['l', 'r', 'r'] });
  const left = rows.length - shown.length;
  return left > 0 ? [text, `${left} more differ less`] : [text];
}

function counted(count: number, word: string): string {
  return count === 1 ? `1 ${word}` : `${count} ${word}s`;
}

function onOneSide(old: Parts, now: Parts): string[] {
  const missing = (side: Parts, other: Parts) =>
    [...side.parts.keys()].filter((name) => !other.parts.has(name));
  return [
    ...missing(old, now).map((name) => `${name}: only before`),
    ...missing(now, old).map((name) => `${name}: only after`),
  ];
}

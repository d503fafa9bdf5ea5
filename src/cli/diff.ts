import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { markdownTable } from 'markdown-table';
import { messageOf, printable, UserError } from '../errors.ts';
import { rangesOf } from '../formats/parameter-set.ts';
import { changesBetween, type Snapshot, type SnapshotChanges } from '../history/snapshot.ts';
import { plainJson } from '../plain.ts';
import { readWhole } from '../read-file.ts';
import { ofSamples } from '../report/of-samples.ts';
import { readReport } from '../report/parse.ts';
import type { Report } from '../report/report-schema.ts';
import { measured } from '../words/figures.ts';
import { rangePair, tinyShare } from '../words/ranges.ts';
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
  const differing = names.map((name) => {
    const [a, b] = [old.parts.get(name)!, now.parts.get(name)!];
    const outcome = a.outcome === b.outcome ? undefined : ([a.outcome, b.outcome] as const);
    return [name, { outcome, ...changesBetween(...comparable(a.snapshot, b.snapshot)) }] as const;
  });
  if (json)
    world.print(plainJson(JSON.stringify(Object.fromEntries(differing), (_, value) => value ?? null, 2)));
  else {
    for (const [name, changes] of differing) for (const line of linesOf(name, changes)) world.print(line);
    for (const line of onOneSide(old, now)) world.print(line);
  }
  const isSame =
    names.length === old.parts.size &&
    names.length === now.parts.size &&
    differing.every(([, each]) => isNothing(each));
  return isSame ? exitCodes.same : exitCodes.different;
}

/** A file as what can be compared: of a report each model on each target, of a parameter file the whole. */
interface Parts {
  readonly kind: 'report' | 'parameter file';
  readonly parts: ReadonlyMap<string, Part>;
}

interface Part {
  readonly snapshot: Snapshot;
  /** The verdict and the metric, in words; empty for a parameter file. */
  readonly outcome: string;
}

async function snapshotsOf(file: string, cwd: string): Promise<Parts> {
  const report = await reportIn(file, cwd);
  if (report !== undefined) return { kind: 'report', parts: new Map(report.models.flatMap(targetsOf)) };
  const { tensors } = await readParameterFile(file, cwd);
  const ranges = tensors.flatMap((tensor) => {
    // Another width is another grid, whatever its range.
    const name = `${tensor.name}${tensor.bits === 8 ? '' : ` (${tensor.bits} bits)`}`;
    return rangesOf(tensor).map(({ alpha, beta }, i, all): [string, [number, number]] => [
      all.length === 1 ? name : `${name} [${i}]`,
      [alpha, beta],
    ]);
  });
  const snapshot = { ranges, impacts: [] };
  return { kind: 'parameter file', parts: new Map([['', { snapshot, outcome: '' }]]) };
}

/** The report that a file is; undefined where it is anything else. */
async function reportIn(file: string, cwd: string): Promise<Report | undefined> {
  const path = resolve(cwd, file);
  try {
    const kind = await stat(path);
    if (!kind.isFile()) throw new Error('it is no file');
    if (kind.size > MAX_REPORT_BYTES) return undefined;
    const bytes = await readWhole(path, MAX_REPORT_BYTES);
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

function targetsOf({ name, targets }: Report['models'][number]): [string, Part][] {
  return targets.map((target) => {
    if (target.verdict === 'error')
      return [`${name}, ${target.target}`, { snapshot: { ranges: [], impacts: [] }, outcome: 'error' }];
    const { layers, metric, verdict } = target;
    const [fp32, int8] = [metric.fp32, metric.quantized].map((value) => measured(value, metric.unit));
    const outcome = `${verdict}, ${printable(metric.name)} ${fp32} → ${int8}${ofSamples(metric)}`;
    const tensors = layers.flatMap((layer) => layer.tensors);
    const ranges = tensors.map((tensor): [string, [number, number]] => [
      tensor.name,
      [tensor.alpha, tensor.beta],
    ]);
    const impacts = layers.flatMap(({ name, impact }): [string, number][] =>
      impact === undefined ? [] : [[name, impact]],
    );
    return [`${name}, ${target.target}`, { snapshot: { ranges, impacts }, outcome }];
  });
}

/** Without what layers cost, where it was measured on one side alone: every layer would differ. */
function comparable(before: Snapshot, after: Snapshot): [Snapshot, Snapshot] {
  if (before.impacts.length > 0 && after.impacts.length > 0) return [before, after];
  return [
    { ...before, impacts: [] },
    { ...after, impacts: [] },
  ];
}

interface Changes extends SnapshotChanges {
  /** Before and after, where they differ. */
  readonly outcome: readonly [before: string, after: string] | undefined;
}

function isNothing({ outcome, ranges, impacts }: Changes): boolean {
  return outcome === undefined && ranges.length + impacts.length === 0;
}

function linesOf(name: string, changes: Changes): string[] {
  const { outcome, ranges, impacts } = changes;
  const title = name === '' ? '' : `${name}: `;
  if (isNothing(changes)) return [`${title}nothing differs`];
  const noiseCell = (impact: number | undefined) => (impact === undefined ? '–' : tinyShare(impact));
  return [
    ...(outcome === undefined ? [] : [`${title}${outcome[0]}; now ${outcome[1]}`]),
    `${title}${counted(ranges.length, 'range')} and ${counted(impacts.length, 'layer')} differ`,
    ...tableOf(
      'range',
      ranges.map(({ name, before, after }) => [name, ...rangePair(before, after)]),
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

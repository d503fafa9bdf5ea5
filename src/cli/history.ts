import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { readBaseline } from '../baseline/baseline.ts';
import { historyOf } from '../baseline/with-history.ts';
import { messageOf, printable, UserError } from '../errors.ts';
import { comparablePoints, type ModelHistory, mergedModels, readHistory } from '../history/history-file.ts';
import { sparkline } from '../history/sparkline.ts';
import { readText } from '../read-file.ts';
import { historyPage } from '../report/history/page.ts';
import { verifiedSentence } from '../report/verified-sentence.ts';
import { changeInterval } from '../words/counts.ts';
import { difference, measured } from '../words/figures.ts';
import { writeWhole } from '../write-whole.ts';
import type { World } from './world.ts';

/** Bars of a line on a terminal. */
const MAX_BARS = 60;
/** Of a baseline or a history: below the longest string of Node. */
const MAX_BYTES = 2 ** 28;

/**
 * Prints the history that baselines carry, or history.json of the history branch, and draws it as a page if asked.
 *
 * @throws UserError when the place holds neither, or the page cannot be written
 */
export async function history(
  place: string,
  { html }: { readonly html?: string },
  world: Pick<World, 'cwd' | 'print'>,
): Promise<number> {
  const models = await readAll(place, world.cwd);
  if (models.length === 0)
    throw new UserError(`${place} holds no baselines: give the folder that quantgate baseline wrote`);
  for (const model of models) for (const line of linesOf(model)) world.print(line);
  if (html === undefined) return 0;
  try {
    await writeWhole(resolve(world.cwd, html), historyPage(models));
  } catch (error) {
    throw new UserError(`cannot write ${html} (${messageOf(error)}): choose a file that can be written`);
  }
  world.print(`${html}: the same as a page`);
  return 0;
}

async function readAll(place: string, cwd: string): Promise<ModelHistory[]> {
  const path = resolve(cwd, place);
  try {
    if (!(await stat(path)).isDirectory())
      return mergedModels(readHistory(await readText(path, MAX_BYTES), place));
    const names = (await readdir(path)).filter((name) => name.endsWith('.baseline.json')).sort();
    const baselines: ModelHistory[] = [];
    for (const name of names)
      baselines.push(historyOf(readBaseline(await readText(join(path, name), MAX_BYTES), name)));
    return mergedModels(baselines);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(
      `${place} cannot be read (${messageOf(error)}): give a folder of baselines, or history.json`,
    );
  }
}

/** A line for FP32, and one for each target, of the same recordings. */
function linesOf(history: ModelHistory): string[] {
  const { model, unit } = history;
  const points = comparablePoints(history);
  const last = points.at(-1);
  if (last === undefined) return [`${model}: nothing has been recorded yet`];
  const since = points[0].date.slice(0, 10);
  const head = `${model}: ${printable(last.metric)}, ${points.length === 1 ? '1 recording' : `${points.length} recordings`} since ${since}`;
  const shown = points.slice(-MAX_BARS);
  const fp32 = `  ${'FP32'.padEnd(12)} ${sparkline(shown.map((point) => point.fp32))} ${measured(last.fp32, unit)}`;
  const ids = [...new Set(shown.flatMap(({ targets }) => targets.map(({ target }) => target)))];
  const targets = ids.map((id) => {
    const found = shown.flatMap((point) => point.targets.find(({ target }) => target === id) ?? []);
    const { int8, drop, interval, worstLayer, verified } = found.at(-1)!;
    const isGone = last.targets.every(({ target }) => target !== id);
    const worst = worstLayer === null ? '' : `, most by ${printable(worstLayer)}`;
    return [
      `  ${id.padEnd(12)} ${sparkline(found.map((each) => each.int8))} ${measured(int8, unit)}`,
      `drop ${difference(drop, unit)} ${changeInterval(interval, unit)}${worst}${isGone ? ', not in the last recording' : ''}`,
      ...(verified === undefined ? [] : [printable(verifiedSentence(verified, unit))]),
    ].join(', ');
  });
  return [head, fp32, ...targets];
}

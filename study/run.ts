import { existsSync } from 'node:fs';
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { loadConfig } from '../src/config/load-config.ts';
import { calibrationOf } from '../src/pipeline/calibrate.ts';
import { prepare } from '../src/pipeline/prepare.ts';
import { silentContext } from '../test/support/silent-context.ts';
import { type Outcome, outcomesOf, type Subject, type Way } from './measure.ts';
import { barsOf } from './picture.ts';
import { type Column, comparisonTable, timeTable } from './tables.ts';
import { errorSources, rangeWays, repairWays, schemes } from './ways.ts';

/**
 * Compares what makes the error and what repairs it, on the models of configurations: `npm run study -- a.yml b.yml`, of
 * the example if none is given. Their targets are not looked at. Tables and pictures go to study-out/.
 */
const configs = process.argv.slice(2);
if (configs.length === 0) configs.push(join(import.meta.dirname, '../examples/signs/quantgate.yml'));
const missing = configs.find((path) => !existsSync(path));
if (missing !== undefined) throw new Error(`${missing} is not there: give configuration files`);

const out = resolve('study-out');
await mkdir(out, { recursive: true });
await writeFile(join(out, 'tables.md'), '');

const subjects = await Promise.all(configs.map(subjectsOf)).then((all) => all.flat());
await section('Which error matters most', 'errors', errorSources);
await section('Which ranges to choose', 'ranges', rangeWays);
for (const scheme of schemes)
  await section(`Which repair to choose: ${scheme.title}`, fileName(scheme), repairWays(scheme), true);

async function subjectsOf(path: string): Promise<Subject[]> {
  const { models } = await loadConfig(resolve(path));
  const folder = dirname(resolve(path));
  const context = await silentContext(folder);
  const found: Subject[] = [];
  for (const model of models) {
    const prepared = await prepare(model, context);
    found.push({ prepared, context, calibration: await calibrationOf(prepared, undefined, context) });
  }
  return found;
}

/** Writes as soon as it is measured: a study of many models takes its time. */
async function section(title: string, name: string, ways: readonly Way[], isTimed = false): Promise<void> {
  const columns: Column[] = [];
  for (const subject of subjects) {
    const { config, metric } = subject.prepared;
    const outcomes: Outcome[] = await outcomesOf(subject, ways);
    columns.push({ model: config.name, unit: metric.unit, outcomes });
    console.error(`${title}: ${config.name}`);
  }
  await writeFile(join(out, `${name}.svg`), barsOf(title, columns));
  const text = [`## ${title}`, comparisonTable(columns), ...(isTimed ? [timeTable(columns)] : [])].join(
    '\n\n',
  );
  await appendFile(join(out, 'tables.md'), `${text}\n\n`);
  console.log(`${text}\n`);
}

function fileName({ title }: Way): string {
  return title.toLowerCase().replaceAll(' ', '-');
}

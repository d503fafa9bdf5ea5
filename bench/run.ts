import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { machineText } from '../src/runtime/machine.ts';
import { corpusSubjects } from './corpus-subjects.ts';
import { generatedSubject } from './generated.ts';
import type { Bench } from './part.ts';
import { PARTS } from './parts/index.ts';
import { shortened } from './subject.ts';

/**
 * Speed and memory of the built command line, as Markdown: `npm run bench`, or some of its parts by name. `--model` takes
 * these models alone, `--quick` measures once, on an eighth of the samples, to try the benchmark itself.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false }, model: { type: 'string', multiple: true } },
});
const unknown = positionals.find((name) => !Object.hasOwn(PARTS, name));
if (unknown !== undefined) throw new Error(`${unknown}: the parts are ${Object.keys(PARTS).join(', ')}`);
const chosen = positionals.length === 0 ? Object.keys(PARTS) : positionals;

const folder = mkdtempSync(join(tmpdir(), 'quantgate-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const detector = { name: 'detector-300', units: 300, size: 320, samples: 64 };
const [runs, divisor] = values.quick ? [1, 8] : [3, 1];
const bench: Bench = {
  subjects: [...corpusSubjects(folder), generatedSubject(folder, detector)]
    .filter(({ name }) => values.model?.includes(name) ?? true)
    .map((subject) => shortened(subject, divisor)),
  folder,
  runs,
  divisor,
  say: (line) => console.error(line),
};
for (const name of chosen) console.log(`### ${PARTS[name].title}\n\n${await PARTS[name].measure(bench)}\n`);
console.log(`${machineText()}. ${runs === 1 ? 'One run' : `Medians of ${runs} runs`}.`);

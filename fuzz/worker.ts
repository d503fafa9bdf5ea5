import { mkdirSync, openSync, readdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { sha256Of } from '../src/sha256.ts';
import { attack } from './attack.ts';
import { readSamples } from './samples.ts';
import { fuzzTargets } from './targets/index.ts';

/**
 * Attacks targets one after the other, in a process that may die of it: the input that is tried is in a file before it
 * is tried. Arguments: folder, seed, seconds for each, names.
 */
const [folder, seed, seconds, ...names] = process.argv.slice(2) as [string, string, string, ...string[]];
const targets = fuzzTargets(readSamples(join(folder, 'samples')));
const current = openSync(join(folder, 'current'), 'w+');
let turn = 0;

for (const name of names) {
  const target = targets.find((each) => each.name === name)!;
  const corpus = join(folder, 'corpus', name);
  mkdirSync(corpus, { recursive: true });
  const kept = readdirSync(corpus).map((file) => readFileSync(join(corpus, file)));
  process.send?.({ begins: name });
  const until = performance.now() + Number(seconds) * 1000;
  const { executions, crashes } = await attack(target, Number(seed), kept, {
    begins: (input) => {
      const head = Buffer.alloc(8);
      head.writeUInt32LE(turn++ >>> 0, 0);
      head.writeUInt32LE(input.length, 4);
      writeSync(current, Buffer.concat([head, input]), 0, undefined, 0);
    },
    isNew: (input) => writeFileSync(join(corpus, sha256Of(input).slice(0, 16)), input),
    isOver: () => performance.now() >= until,
  });
  process.send?.({
    ends: name,
    executions,
    crashes: crashes.map(({ what, input }) => ({ what, input: Buffer.from(input).toString('base64') })),
  });
}
process.exit(0);

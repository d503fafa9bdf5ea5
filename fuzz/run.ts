import { fork } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { sha256Of } from '../src/sha256.ts';
import { readSamples, writeSamples } from './samples.ts';
import { fuzzTargets } from './targets/index.ts';

const FOLDER = resolve(import.meta.dirname, '../fuzz-out');
const HANG_MS = 10_000;
const HEAP_MIB = 1024;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    target: { type: 'string', multiple: true },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    input: { type: 'string' },
  },
});

const samples = join(FOLDER, 'samples');
if (!existsSync(join(samples, 'out/report.json'))) await writeSamples(samples);
const targets = fuzzTargets(readSamples(samples));
const all = targets.map(({ name }) => name);
const names = values.target ?? all;
const unknown = names.find((name) => !all.includes(name));
if (unknown !== undefined) throw new Error(`there is no target ${unknown}: give one of ${all.join(', ')}`);

if (values.input === undefined) {
  const seconds = (Number(values.minutes) * 60) / names.length;
  console.log(`seed ${values.seed}, ${seconds.toFixed(1)} s each`);
  let crashes = 0;
  for (let left = names; left.length > 0; ) {
    const ended = await attackAll(left, seconds);
    crashes += ended.crashes;
    left = left.slice(left.indexOf(ended.last) + 1);
  }
  console.log(
    crashes === 0 ? 'no crash' : `${crashes} crashes: try one again with --target <name> --input <file>`,
  );
  process.exit(crashes === 0 ? 0 : 1);
}
await targets.find(({ name }) => name === names[0])!.run(readFileSync(values.input));
console.log('went through');
process.exit(0);

type Message =
  | { readonly begins: string }
  | {
      readonly ends: string;
      readonly executions: number;
      readonly crashes: readonly { readonly what: string; readonly input: string }[];
    };

/** @returns the last target that the process came to before it ended, and how many crashes there were */
function attackAll(left: readonly string[], seconds: number): Promise<{ last: string; crashes: number }> {
  return new Promise((done) => {
    const worker = fork(
      join(import.meta.dirname, 'worker.ts'),
      [FOLDER, values.seed, String(seconds), ...left],
      {
        execArgv: ['--import', 'tsx', `--max-old-space-size=${HEAP_MIB}`],
      },
    );
    let last = left[0]!;
    let isOpen = true;
    let crashes = 0;
    let why = '';
    worker.on('message', (message: Message) => {
      if ('begins' in message) {
        last = message.begins;
        isOpen = true;
        return;
      }
      isOpen = false;
      console.log(`${message.ends.padEnd(16)} ${message.executions} inputs`);
      for (const { what, input } of message.crashes) {
        crashes++;
        save(message.ends, what, Buffer.from(input, 'base64'));
      }
    });
    let seen = { turn: -1, since: performance.now() };
    const watch = setInterval(() => {
      const { turn } = readCurrent();
      if (turn !== seen.turn) seen = { turn, since: performance.now() };
      else if (isOpen && performance.now() - seen.since > HANG_MS) {
        why = `hangs for more than ${HANG_MS} ms`;
        worker.kill('SIGKILL');
      }
    }, 500);
    worker.on('close', (code, signal) => {
      clearInterval(watch);
      if (code !== 0) {
        crashes++;
        save(last, why || `the process ended with ${signal ?? code}`, readCurrent().input);
      }
      done({ last, crashes });
    });
  });
}

/** The input that a worker tries, and how many it tried before. */
function readCurrent(): { turn: number; input: Buffer } {
  const file = join(FOLDER, 'current');
  if (!existsSync(file)) return { turn: -1, input: Buffer.alloc(0) };
  const bytes = readFileSync(file);
  if (bytes.length < 8) return { turn: -1, input: Buffer.alloc(0) };
  return { turn: bytes.readUInt32LE(0), input: bytes.subarray(8, 8 + bytes.readUInt32LE(4)) };
}

function save(target: string, what: string, input: Buffer): void {
  const folder = join(FOLDER, 'crashes');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${target}-${sha256Of(input).slice(0, 16)}`);
  writeFileSync(file, input);
  console.log(`CRASH ${target}: ${what}: ${file}`);
}

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksOf, commandsOf, repository } from '../support/documents.ts';
import { runQuantgate } from './command-line.ts';

const folder = mkdtempSync(join(tmpdir(), 'quantgate-started-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const blocks = blocksOf('docs/getting-started.md');
const QUANTGATE = /^npx --no -- quantgate /;

interface Step {
  readonly name: string;
  /** A file to write where there are no arguments. */
  readonly text: string;
  readonly args?: readonly string[];
  /** Lines that the reader is told to expect. */
  readonly seen: readonly string[];
}

/** What a reader does in order: write a file, or run a command and see what the next block says. */
const read = blocks.flatMap((block, i): Step[] => {
  if (block.note === 'quantgate.yml')
    return [{ name: `${block.where} is written`, text: block.text, seen: [] }];
  const local = commandsOf(block.text).filter((line) => QUANTGATE.test(line) && !line.includes('--repo'));
  if (block.language !== 'sh' || local.length === 0) return [];
  const args = local[0]!.replace(QUANTGATE, '').split(' ');
  const seen = blocks[i + 1]!.text.trim().split('\n');
  return [{ name: `${block.where}: quantgate ${args.join(' ')}`, text: '', args, seen }];
});

/** A run in front of one with --apply prints what that does: both are one run here. */
const steps = read.flatMap((step, i): Step[] => {
  if (read[i + 1]?.args?.join(' ') === 'run --apply') return [];
  return step.args?.[1] === '--apply' ? [{ ...step, seen: [...read[i - 1]!.seen, ...step.seen] }] : [step];
});

describe('docs/getting-started.md, followed from top to bottom', () => {
  beforeAll(() => {
    execFileSync('git', ['init', '--quiet', '--initial-branch=main'], { cwd: folder });
    mkdirSync(join(folder, 'models'));
    cpSync(join(repository, 'examples/signs/signs.onnx'), join(folder, 'models/signs.onnx'));
    cpSync(join(repository, 'examples/signs/data'), join(folder, 'data'), { recursive: true });
  });

  it.each(steps)('$name', async ({ text, args, seen }) => {
    if (args === undefined) return writeFileSync(join(folder, 'quantgate.yml'), text);
    const place = { cwd: folder, env: { HOME: folder }, limitMs: 110_000 };
    const { stdout, stderr } = await runQuantgate(args, place);
    const missing = seen.filter((line) => !stdout.includes(line));
    expect(missing, `${stdout}\n${stderr}`).toEqual([]);
  });

  it('has all its steps', () => {
    expect(read.map(({ args }) => args?.join(' ') ?? 'write')).toEqual([
      'init --target tensorrt snpe',
      'write',
      'run',
      'run --apply',
      'run',
    ]);
  });
});

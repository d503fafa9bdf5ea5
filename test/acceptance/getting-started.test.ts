import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Block, blocksOf, commandsOf, repository } from '../support/documents.ts';
import { runQuantgate } from './command-line.ts';

const folder = mkdtempSync(join(tmpdir(), 'quantgate-started-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const blocks = blocksOf('docs/getting-started.md');
const QUANTGATE = /^npx --no -- quantgate /;

/** What a reader does in order: write a file, or run a command and see what the next block says. */
const steps = blocks.flatMap((block, i): { name: string; block: Block; seen?: string; args?: string[] }[] => {
  if (block.note === 'quantgate.yml') return [{ name: `${block.where} is written`, block }];
  const local = commandsOf(block.text).filter((line) => QUANTGATE.test(line) && !line.includes('--repo'));
  if (block.language !== 'sh' || local.length === 0) return [];
  const args = local[0]!.replace(QUANTGATE, '').split(' ');
  return [{ name: `${block.where}: quantgate ${args.join(' ')}`, block, args, seen: blocks[i + 1]!.text }];
});

describe('docs/getting-started.md, followed from top to bottom', () => {
  beforeAll(() => {
    execFileSync('git', ['init', '--quiet', '--initial-branch=main'], { cwd: folder });
    mkdirSync(join(folder, 'models'));
    cpSync(join(repository, 'examples/signs/signs.onnx'), join(folder, 'models/signs.onnx'));
    cpSync(join(repository, 'examples/signs/data'), join(folder, 'data'), { recursive: true });
  });

  it.each(steps)('$name', async ({ block, args, seen = '' }) => {
    if (args === undefined) writeFileSync(join(folder, 'quantgate.yml'), block.text);
    else {
      const { stdout, stderr } = await runQuantgate(args, {
        cwd: folder,
        env: { HOME: folder },
        limitMs: 110_000,
      });
      const missing = seen
        .trim()
        .split('\n')
        .filter((line) => !stdout.includes(line));
      expect(missing, `${stdout}\n${stderr}`).toEqual([]);
    }
  });

  it('has all its steps', () => {
    expect(steps.map(({ args }) => args?.[0] ?? 'write')).toEqual(['init', 'write', 'run', 'run', 'run']);
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quantgateCommands } from '../support/documents.ts';
import { runQuantgate } from './command-line.ts';

const folder = mkdtempSync(join(tmpdir(), 'quantgate-docs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the command line says of commands, options and arguments that it does not have. */
const MISUSE = /^error: /m;

/** Values do not matter to how a command is called. */
const call = (args: readonly string[]) => args.map((arg) => (arg.startsWith('-') ? arg : '')).join(' ');

const commands = new Map(
  quantgateCommands().map(({ where, args }) => [`${args[0]}${call(args)}`, { where, args }]),
);
const whole = [...commands.values()].filter(({ args }) => args.length > 1);
const named = [...commands.values()].filter(({ args }) => args.length === 1);

describe('a command in the documents', () => {
  let help = '';
  beforeAll(async () => {
    help = (await runQuantgate(['--help'], { cwd: folder })).stdout;
  });

  // In an empty folder, without a token: each ends before it does anything, but not because of how it is called.
  it.each(whole)('is called as it can be: quantgate $args ($where)', async ({ args }) => {
    const { stderr } = await runQuantgate(args, { cwd: folder });
    expect(stderr).not.toMatch(MISUSE);
  });

  it.each(named)('is there: quantgate $args ($where)', ({ args: [name] }) => {
    expect(help).toMatch(new RegExp(`^  ${name} `, 'm'));
  });
});

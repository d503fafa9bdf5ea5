import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installedCli } from '../support/installed.ts';
import { isMissing } from '../support/needs.ts';
import { baseConfig, makeProject, type Project } from '../support/project.ts';

let project: Project;
beforeAll(async () => {
  project = await makeProject();
});
afterAll(() => project.remove());

const hasScript = spawnSync('script', ['-qec', 'true', '/dev/null']).status === 0;

/** Runs the command line on a pseudo-terminal of that many columns, and gives all that it would show. */
function onTerminal(
  columns: number,
  env: Readonly<Record<string, string>> = {},
  ends = 0,
  args = '',
): string {
  const command = `stty cols ${columns} rows 40; exec '${process.execPath}' '${installedCli()}' run ${args}`;
  const { stdout, status } = spawnSync('script', ['-qec', command, '/dev/null'], {
    cwd: project.folder,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, TERM: 'xterm-256color', ...env },
    timeout: 60_000,
    maxBuffer: 2 ** 24,
  });
  expect(status, stdout.slice(0, 2000)).toBe(ends);
  return stdout;
}

const ESCAPE = String.fromCharCode(27);
const hasColours = (text: string) => new RegExp(`${ESCAPE}\\[[0-9;]*[1-9][0-9;]*m`).test(text);
const timesOf = (text: string, words: string) => text.split(words).length - 1;

describe.skipIf(isMissing('the program script', hasScript))('a terminal', () => {
  it('of 80 columns shows a spinner in colour, and ends each stage with one line', () => {
    const shown = onTerminal(80);
    expect(shown).toContain(`${ESCAPE}[`);
    expect(hasColours(shown)).toBe(true);
    expect(timesOf(shown, 'tiny/calibrate: 100 samples')).toBe(1);
  });

  it('without a width shows plain lines, no more than elsewhere', () => {
    const shown = onTerminal(0);
    expect(shown).not.toContain(ESCAPE);
    expect(shown.length).toBeLessThan(4000);
    expect(timesOf(shown, 'tiny/calibrate')).toBe(1);
  });

  it('in CI prints each stage once', () => {
    const shown = onTerminal(80, { CI: 'true' });
    expect(shown).not.toContain(ESCAPE);
    expect(timesOf(shown, 'tiny/calibrate')).toBe(1);
  });

  it('that is dumb gets plain lines', () => {
    expect(onTerminal(80, { TERM: 'dumb' })).not.toContain(ESCAPE);
  });

  it('has its cursor and an empty line again where the run is ended in the middle of a stage', () => {
    const metric =
      "export default { name: 'hangs', higherIsBetter: true, score: () => { for (;;); }, aggregate: () => 1 };\n";
    project.write('hangs.mjs', metric);
    const hanging = baseConfig.replace('metric: top1', 'metric: ./hangs.mjs').replace('10pp', '10');
    project.write('hangs.yml', `${hanging}limits: { minutes: 0.1 }\n`);
    const shown = onTerminal(80, {}, 2, '-c hangs.yml');
    expect(shown.lastIndexOf(`${ESCAPE}[?25l`)).toBeGreaterThan(0);
    expect(shown).toMatch(/\r\S*\[K\S*\[\?25hquantgate: the run was ended in tiny\/evaluate: [^\r\n]*\r?\n$/);
  });

  it('has no colour with NO_COLOR, and has with FORCE_COLOR', () => {
    expect(hasColours(onTerminal(80, { NO_COLOR: '1' }))).toBe(false);
    expect(hasColours(onTerminal(80, { FORCE_COLOR: '1', TERM: 'unknown' }))).toBe(true);
  });
});

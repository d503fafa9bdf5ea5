import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installedCli } from '../support/installed.ts';
import { isMissing } from '../support/needs.ts';
import { root } from '../support/packed.ts';
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
  command = 'run',
): string {
  return shown(
    `stty cols ${columns} rows 40; exec '${process.execPath}' '${installedCli()}' ${command} ${args}`,
    env,
    ends,
  );
}

function shown(
  command: string,
  env: Readonly<Record<string, string>>,
  ends: number,
  cwd = project.folder,
): string {
  const { stdout, status } = spawnSync('script', ['-qec', command, '/dev/null'], {
    cwd,
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
/** The lines that are left when it is over. */
const leftOn = (text: string) =>
  text
    .split(/\r?\n/)
    .slice(0, -1)
    .map((line) => line.split('\r').at(-1)!.split(`${ESCAPE}[1G${ESCAPE}[0K`).at(-1)!)
    .map((line) => line.replace(new RegExp(`${ESCAPE}\\[[?0-9;]*[A-Za-z]`, 'g'), ''));
const timesOf = (text: string, words: string) => text.split(words).length - 1;

describe.skipIf(isMissing('the program script', hasScript))('a terminal', () => {
  it('of 80 columns shows a spinner and verdicts in colour, and is left with these alone', () => {
    const shown = onTerminal(80);
    expect(hasColours(shown)).toBe(true);
    expect(shown).toContain(`${ESCAPE}[32m✓ pass${ESCAPE}[39m`);
    expect(shown).not.toContain('tiny/calibrate: 100 samples');
    expect(leftOn(shown)).toEqual([
      '',
      expect.stringMatching(/^model {2}target {7}verdict {2}top1 FP32 → INT8 +loss 95 % interval +allowed$/),
      expect.stringMatching(
        /^tiny {3}tensorrt {5}✓ pass {3}100\.00 % → +[\d.]+ % +-?[\d.]+ pp \[.*\] +10\.00 pp$/,
      ),
      expect.stringMatching(/^tiny {3}onnxruntime {2}✓ pass /),
      '',
      expect.stringMatching(/^✓ pass on all 2 targets in [\d.]+ s$/),
      'next  open quantgate-out/report.html',
    ]);
  });

  it('of 60 columns has a paragraph for each target, and no line that is longer', () => {
    const lines = leftOn(onTerminal(60));
    expect(lines[1]).toBe('✓ pass tiny on tensorrt');
    for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(60);
  });

  it('has a line for each stage, and why, with --verbose', () => {
    const shown = onTerminal(80, {}, 0, '--verbose');
    expect(timesOf(shown, 'tiny/calibrate: 100 samples')).toBe(1);
    expect(leftOn(shown).join('\n')).toMatch(/note {2}tensorrt: by quantization: drop/);
  });

  it('has the verdict and nothing else with --quiet', () => {
    expect(onTerminal(80, {}, 0, '--quiet')).toBe('pass: see quantgate-out/report.html\r\n');
  });

  it('says what comes after a baseline', () => {
    const lines = leftOn(onTerminal(80, {}, 0, '', 'baseline'));
    expect(lines[0]).toMatch(/^tiny: FP32 top1 100\.00 % on 300 samples, in /);
    expect(lines.at(-1)).toBe(
      'next  compare with it: npx --no -- quantgate run --baseline quantgate-baseline',
    );
  });

  it('shows npm start on one screen, and what comes next', () => {
    const start = `stty cols 80 rows 40; exec '${process.execPath}' scripts/start.mjs`;
    const lines = leftOn(shown(start, {}, 0, root));
    // npm prints four more.
    expect(lines.length, lines.join('\n')).toBeLessThanOrEqual(21);
    const text = lines.join('\n');
    expect(text).toMatch(/^signs +snpe +✗ fail /m);
    expect(text).toMatch(/^why +snpe: Quantization destroys this model/m);
    expect(text).toMatch(/^fix +snpe: Set weights: per-channel: top1 /m);
    expect(text).toMatch(/^ +- chip: snpe\n +weights: per-channel$/m);
    expect(lines.at(-1)).toBe('      Now `npx --no -- quantgate init` in your repository.');
    expect(text).not.toMatch(/##|\| -|<code>|```/);
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

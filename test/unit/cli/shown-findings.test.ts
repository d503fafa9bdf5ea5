import { describe, expect, it } from 'vitest';
import { doctor } from '../../../src/cli/doctor/doctor.ts';
import { shownFindings } from '../../../src/cli/doctor/shown-findings.ts';
import type { StyledLine } from '../../../src/report/terminal/styled.ts';
import { forbiddenIn } from '../../support/forbidden.ts';
import { nasty } from '../../support/nasty-report.ts';
import { examine, healthy } from './examined.ts';

const textOf = (line: StyledLine) => line.map(({ text }) => text).join('');

/** What doctor shows on a terminal of 80 columns. */
async function shown(files: Readonly<Record<string, string>>) {
  const { cwd } = await examine(files);
  const lines: string[] = [];
  const world = {
    cwd,
    print: (line: string) => lines.push(line),
    github: () => expect.unreachable('doctor asked GitHub'),
    terminal: { columns: 80 },
    show: (line: StyledLine) => lines.push(textOf(line)),
  };
  const code = await doctor({ check: 'gate' }, world);
  return { code, lines };
}

describe('doctor on a terminal', () => {
  it('says below each thing what to do, how many things are wrong, and what comes next', async () => {
    const { code, lines } = await shown({ 'quantgate.yml': healthy['quantgate.yml'] });
    expect(code).toBe(1);
    expect(lines.slice(0, 2)).toEqual([
      '✗ .github/workflows: no workflow runs quantgate',
      '  npx --no -- quantgate init writes one',
    ]);
    expect(lines.at(-2)).toMatch(/^✗ \d+ things are wrong in this working tree$/);
    expect(lines.at(-1)).toBe('next  mend what is wrong, then npx --no -- quantgate doctor once more');
    for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(80);
  });

  it('says where to look next where nothing is wrong', async () => {
    expect(await shown(healthy)).toEqual({
      code: 0,
      lines: [
        '',
        '✓ nothing is wrong in this working tree',
        'next  npx --no -- quantgate doctor --repo OWNER/REPO looks at the settings on',
        '      GitHub',
      ],
    });
  });

  it('shows names of files as nothing but text', () => {
    for (const where of nasty)
      for (const line of shownFindings([{ where, what: where, remedy: where }], 60))
        expect(forbiddenIn(textOf(line))).toEqual([]);
  });
});

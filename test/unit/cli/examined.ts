import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { doctor } from '../../../src/cli/doctor/doctor.ts';
import { sampleConfig } from '../../support/sample-configs.ts';

export const sha = 'a'.repeat(40);
export const PERMISSIONS =
  'permissions:\n  contents: read\n  actions: read\n  checks: read\n  pull-requests: read\n';
export const GATE = `name: gate
on:
  pull_request:
    types: [opened, synchronize, reopened, edited]
  merge_group:
${PERMISSIONS}jobs:
  gate:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v7
        with:
          persist-credentials: false
      - uses: quantgate/quantgate@${sha}
`;

export const REPORT = GATE.replace(
  / {2}pull_request:\n.*\n {2}merge_group:/,
  '  workflow_run:\n    workflows: [gate]',
).replace('checks: read\n  pull-requests: read', 'checks: write\n  pull-requests: write');

export const OWNERS =
  '/quantgate.yml @acme/ml\n/.github/ @acme/ml # all\n/data/ @acme/ml\n/baselines/ @acme/ml\n';

export const healthy = {
  '.github/workflows/gate.yml': GATE,
  '.github/CODEOWNERS': OWNERS,
  'quantgate.yml': sampleConfig,
};

export async function examine(files: Readonly<Record<string, string>>) {
  const cwd = mkdtempSync(join(tmpdir(), 'quantgate-doctor-'));
  onTestFinished(() => rmSync(cwd, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(cwd, dirname(path)), { recursive: true });
    writeFileSync(join(cwd, path), text);
  }
  return { cwd, ...(await run(cwd)) };
}

export async function run(cwd: string) {
  const lines: string[] = [];
  const code = await doctor(
    { check: 'gate' },
    { cwd, print: (line) => lines.push(line), github: () => expect.unreachable('doctor asked GitHub') },
  );
  return { code, lines };
}

/** The healthy repository with its workflow changed. */
export const withGate = (...edits: [string, string][]) => ({
  ...healthy,
  '.github/workflows/gate.yml': edits.reduce((text, [from, to]) => text.replace(from, to), GATE),
});

export const OTHER = `on: pull_request
permissions: {}
jobs:
  lint:
    runs-on: ubuntu-24.04
    steps: [{ run: 'true' }]
`;

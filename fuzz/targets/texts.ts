import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEvent } from '../../src/action/event.ts';
import { modeOfEvent } from '../../src/action/inputs.ts';
import { examineChecks } from '../../src/cli/doctor/checks.ts';
import { guardedFile } from '../../src/cli/doctor/guarded.ts';
import { examineOwners } from '../../src/cli/doctor/owners.ts';
import { examineWorkflow } from '../../src/cli/doctor/rules.ts';
import { parseWorkflow } from '../../src/cli/doctor/workflow.ts';
import { workflows } from '../../src/cli/init/workflows.ts';
import { inspect } from '../../src/cli/inspect.ts';
import { applyChanges } from '../../src/config/apply-changes.ts';
import { configSha256 } from '../../src/config/config-hash.ts';
import { parseConfig } from '../../src/config/load-config.ts';
import { parseShard } from '../../src/data/shard.ts';
import { printable, quote, UserError } from '../../src/errors.ts';
import { parseCommand, writeCommand } from '../../src/github/command.ts';
import { readComment, writeComment } from '../../src/github/comment-body.ts';
import { codeBlock, escapeCode, escapeMarked, escapeText } from '../../src/report/escape.ts';
import { parseMaxDrop } from '../../src/verdict/budget.ts';
import { nasty } from '../../test/support/nasty-report.ts';
import type { Samples } from '../samples.ts';
import { type FuzzTarget, textTarget } from '../target.ts';
import { assertInert, assertOneLine } from './inert.ts';
import { scratch, scratchFile } from './scratch.ts';

const config = readFileSync(join(import.meta.dirname, '../../quantgate.yml'), 'utf8');
const keys = [
  'models:',
  'targets:',
  'budget:',
  'max-drop:',
  'ranges:',
  'layers:',
  'recipe:',
  'metric:',
  'inputs:',
  '../',
];
const changes = new Map([
  ['signs', new Map([['tensorrt', { pins: [{ tensor: 'x', alpha: -1, beta: 1 }], recipe: ['equalize'] }]])],
]) as unknown as Parameters<typeof applyChanges>[1];
const SHA = 'a'.repeat(40);

export function textTargets(samples: Samples): FuzzTarget[] {
  const { model: _, report: __, baseline: ___, calibration: ____, evaluation: _____, ...chipFiles } = samples;
  return [
    textTarget({
      name: 'config',
      seeds: [config],
      tokens: keys,
      run: (text) => {
        const parsed = parseConfig(text, 'quantgate.yml');
        configSha256(parsed);
        applyChanges(text, changes);
      },
    }),
    textTarget({
      name: 'workflow',
      seeds: Object.values(workflows),
      tokens: ['on:', 'jobs:', 'permissions:', 'uses: ', 'needs: ', '$', '{{ x }}', 'pull_request_target:'],
      run: (text) => {
        const workflow = parseWorkflow(text, 'w.yml');
        for (const { where, what, remedy } of [
          ...examineWorkflow(workflow),
          ...examineChecks([workflow], 'gate'),
        ])
          assertOneLine(`${printable(where)}: ${what}: ${remedy}`);
      },
    }),
    textTarget({
      name: 'codeowners',
      seeds: ['* @a\n/docs/ @a/b c@d.example # why\n*.yml\n/x/* @a\n'],
      tokens: ['**', '\\ ', '!', '[a-', '@', '#'],
      run: (text) => examineOwners(text, 'CODEOWNERS', ['quantgate.yml', 'a/b c.npy'].map(guardedFile)),
    }),
    {
      name: 'parameters',
      seeds: Object.values(chipFiles),
      tokens: [
        'TRT-8601-EntropyCalibration2',
        'activation_encodings',
        'record {',
        'blob0',
        'scale: ',
        'bitwidth',
      ],
      run: async (bytes) => {
        const print = (text: string) => {
          for (const line of text.split('\n')) assertOneLine(line);
        };
        for (const file of ['p.onnx', 'p.json']) {
          scratchFile(file, bytes);
          for (const json of [false, true])
            await inspect(file, { json }, { cwd: scratch, print }).catch(unlessUserError);
        }
      },
    },
    textTarget({
      name: 'event',
      seeds: events.map((event) => JSON.stringify(event)),
      run: (text) => {
        const payload = JSON.parse(jsonOr(text));
        for (const event of [...Object.keys(modeOfEvent), 'workflow_dispatch']) {
          try {
            parseEvent(event, payload);
          } catch (error) {
            unlessUserError(error);
          }
        }
      },
    }),
    textTarget({
      name: 'command',
      seeds: ['help', 'explain /conv1/Conv', 'explain "a\\nb"', `accept ${SHA} it is fine`, 'apply'].map(
        (words) => `/quantgate ${words}`,
      ),
      run: (text) => {
        const command = parseCommand(text);
        if (command === undefined || text.startsWith('/quantgate explain')) return;
        const again = parseCommand(writeCommand(command));
        if (JSON.stringify(again) !== JSON.stringify(command))
          throw new Error('another command when written');
      },
    }),
    textTarget({
      name: 'comment-body',
      seeds: [
        writeComment({
          key: 'k',
          head: SHA,
          run: 1,
          sections: [{ key: 'm/t', attempt: 1, verdict: 'pass', text: 'x' }],
        }),
      ],
      tokens: ['<!-- quantgate key=', '<!-- quantgate:section key=', '<!-- quantgate:end -->', '%', ' -->'],
      run: (text) => {
        const comment = readComment(text);
        if (comment === undefined) return;
        const again = readComment(writeComment(comment));
        if (again === undefined) throw new Error('no comment when written');
      },
    }),
    textTarget({
      name: 'numbers',
      seeds: ['1.0pp', '1%', '0.5', '2/4'],
      run: (text) => {
        for (const parse of [parseMaxDrop, parseShard]) {
          try {
            parse(text);
          } catch (error) {
            unlessUserError(error);
          }
        }
      },
    }),
    textTarget({
      name: 'escaper',
      seeds: nasty,
      tokens: ['&#64;', '&commat;', 'www.', 'https://', 'a/b#1', ':tada:', '$$', '\u2028'],
      run: (text) => {
        for (const escaped of [escapeText, escapeCode, escapeMarked]) {
          assertInert(escaped(text));
          assertOneLine(escaped(text));
        }
        assertInert(codeBlock(text, 'yaml'));
        assertOneLine(printable(text));
        assertOneLine(quote(text));
      },
    }),
  ];
}

function unlessUserError(error: unknown): void {
  if (!(error instanceof UserError)) throw error;
}

/** The runner parses the payload, so what is no JSON gets nowhere. */
function jsonOr(text: string): string {
  try {
    JSON.parse(text);
    return text;
  } catch {
    return 'null';
  }
}

const repository = { id: 1, name: 'r', owner: { login: 'o' } };
const events = [
  { number: 1, pull_request: { head: { sha: SHA }, base: { sha: SHA, ref: 'main' } } },
  { merge_group: { head_sha: SHA, base_sha: SHA, base_ref: 'refs/heads/main' } },
  {
    workflow_run: {
      ...{
        id: 1,
        run_attempt: 1,
        path: '.github/workflows/q.yml',
        event: 'pull_request',
        status: 'completed',
      },
      ...{ conclusion: 'success', html_url: 'https://github.com/o/r', head_sha: SHA, head_branch: 'b' },
      head_repository: repository,
    },
  },
  {
    action: 'created',
    issue: { number: 1, pull_request: {} },
    comment: {
      id: 1,
      html_url: 'https://github.com/o/r',
      body: '/quantgate help',
      user: { login: 'u', type: 'User' },
    },
  },
];

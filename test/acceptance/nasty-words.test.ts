import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serializeModel } from '../../src/onnx/model.ts';
import { ACTIONS_BOT, addRepo, addRun, addToken } from '../fake-github/build.ts';
import { eventsOf } from '../fake-github/events.ts';
import { startGithub } from '../fake-github/server.ts';
import { externalized } from '../support/external-data.ts';
import { forbiddenIn } from '../support/forbidden.ts';
import { tinyClassifier } from '../support/models.ts';
import { nasty } from '../support/nasty-report.ts';
import { npyOf } from '../support/npy.ts';
import { baseConfig, makeProject, type Project } from '../support/project.ts';
import { zipOf } from '../support/zip.ts';
import { reachOf, runStep } from './runner.ts';
import { reading } from './world.ts';

/**
 * All at once: what draws nothing, turns text round, ends lines, colours terminals or commands a runner; but for NUL, which
 * ends a name of ONNX Runtime.
 */
const NASTY = nasty
  .filter((name) => /[\p{Cc}\p{Cf}]|::|##\[/u.test(name))
  .join(' ')
  .replaceAll('\0', '');
/** The same, as it may be in the name of a file. */
const FILE = NASTY.replace(/[/\0]/g, '_')
  .replace(/\s+/g, (space) => (space.includes('\n') ? '\n' : ' '))
  .slice(0, 80);

/** The classifier with nasty names of nodes and tensors, that of its input and output too. */
function nastyModel() {
  const model = tinyClassifier();
  const graph = model.graph!;
  const renamed = (name: string) => (name === '' ? '' : `${NASTY} ${name}`);
  for (const node of graph.node) {
    node.name = renamed(node.name || node.opType);
    node.input = node.input.map(renamed);
    node.output = node.output.map(renamed);
  }
  for (const named of [...graph.input, ...graph.output, ...graph.initializer, ...graph.valueInfo])
    named.name = renamed(named.name);
  return model;
}

/** As `run` with a budget that the nasty model does not keep, so that layers are named. */
const strict = baseConfig
  .replace('tiny.onnx', 'nasty.onnx')
  .replace('max-drop: 10pp', 'max-drop: 0pp, min-effective-bits: 8, min-sqnr-db: 100');

let project: Project;
beforeAll(async () => {
  project = await makeProject();
  project.write('nasty.onnx', serializeModel(nastyModel()));
  project.write('strict.yml', strict);
});
afterAll(() => project.remove());

/** Every text for people below a folder. */
const textsBelow = (folder: string) =>
  (readdirSync(folder, { recursive: true, encoding: 'utf8' }) as string[])
    .filter((name) => /\.(md|html|svg)$|report\.json$|manifest\.json$/.test(name))
    .map((name) => [name, readFileSync(join(folder, name), 'utf8')] as const);

/** Runs the command line and finds nothing in what it prints that a name made. */
function expectPlain(...args: string[]): string {
  const { stdout, stderr } = project.run(...args);
  expect(forbiddenIn(stdout + stderr), stdout + stderr).toEqual([]);
  expect(stdout + stderr).not.toMatch(/unexpected error|\n\s+at /);
  return stdout + stderr;
}

describe('names in a model', () => {
  it('reach terminal, report and README as nothing but text', () => {
    expectPlain('run', '-c', 'strict.yml', '-o', 'out');
    const texts = textsBelow(join(project.folder, 'out'));
    expect(texts.map(([name]) => name)).toContain('report.md');
    for (const [name, text] of texts) expect(forbiddenIn(text), name).toEqual([]);
    const report = project.read('out/report.md');
    expect(report).toMatch(/htap desrever/);
    expect(report).not.toMatch(/<script|<img|(?<!&#64;&#8203;)@octocat|^# heading|:\/\/evil|^::/im);
    const { models } = project.report('out');
    expect(JSON.stringify(models)).toContain(JSON.stringify(NASTY.slice(0, 100)).slice(1, -1));
  });

  it('reach standard output as JSON that says the same', () => {
    const { stdout } = project.run('run', '-c', 'strict.yml', '-o', 'out', '--json');
    expect(forbiddenIn(stdout)).toEqual([]);
    expect(JSON.parse(stdout)).toEqual(project.report('out'));
  });

  it('reach the log, the annotations and the summary of a job as nothing but text', async () => {
    const github = await startGithub();
    const repo = addRepo(github.state, 'acme/models', { files: { 'quantgate.yml': strict } });
    const event = eventsOf(github.state, github.urls, repo).workflowDispatch();
    addRun(github.state, repo, {
      event: 'workflow_dispatch',
      sha: event.sha,
      conclusion: null,
    });
    const token = addToken(github.state, ACTIONS_BOT, reading);
    project.write('quantgate.yml', strict);
    const { stdout, stderr, summary } = await runStep({
      workspace: project.folder,
      event,
      inputs: { mode: 'gate', comment: 'never' },
      github: reachOf(github, { token }),
    });
    await github.close();
    expect(summary).toMatch(/htap desrever/);
    expect(forbiddenIn(summary)).toEqual([]);
    // Line ends of the runner's own.
    expect(forbiddenIn((stdout + stderr).replaceAll('\r\n', '\n'))).toEqual([]);
    expect(stdout).not.toContain('##[');
    const commands = stdout.split('\n').filter((line) => line.trimStart().startsWith('::'));
    for (const line of commands) expect(line).toMatch(/^::(warning|error|notice|debug|group|endgroup)/);
  });
});

describe('names in files that are not taken reach the terminal as nothing but text', () => {
  const config = (change: (text: string) => string) => {
    project.write('bad.yml', change(baseConfig));
    return expectPlain('run', '-c', 'bad.yml', '-o', 'bad');
  };
  const quoted = JSON.stringify(NASTY);

  it('keys and values of a configuration', () => {
    config((text) => `${text}${quoted}: 1\n`);
    config((text) => text.replace('name: tiny', `name: ${quoted}`));
    config((text) => text.replace('tiny.onnx', JSON.stringify(NASTY.replace(/[\p{Cc}\\]/gu, ''))));
    config((text) => text.replace('metric: top1', `metric: { name: top1, output: ${quoted} }`));
    config((text) => text.replace('inputs: inputs.npy', `inputs: { ${quoted}: inputs.npy }`));
    config((text) => text.replace('budget:', `ranges: { ${quoted}: { alpha: 0, beta: 1 } }\n    budget:`));
    config((text) => text.replace('max-drop: 10pp', `max-drop: ${quoted}`));
    config((text) => `${text}# \u001b[31m\n${'\u202e'}: 1\n"a: \u009b`);
  });

  it('names of files and of options', () => {
    project.write(FILE, 'file\n');
    for (const args of [
      ['run', '-c', FILE],
      ['run', '-c', `${FILE} is not there`],
      ['run', '--calibration', FILE],
      ['run', '--baseline', FILE],
      ['inspect', FILE],
      ['diff', FILE, FILE],
      ['history', FILE],
      ['merge', FILE, '-o', 'merged'],
    ])
      expect(expectPlain(...args)).toMatch(/^quantgate: /m);
  });

  it('names in data', () => {
    const zip = zipOf({
      name: `${FILE}.npy`,
      content: npyOf({ type: 'int8', dims: [1], data: new Int8Array(1) }),
    });
    project.write('nasty.npz', zip);
    project.write('nasty.csv', `file,label\n"${NASTY.replaceAll('"', '')}",0\n`);
    project.write('label.csv', `file,label\na.png,"${NASTY.replaceAll('"', '')}"\n`);
    project.write('header.csv', `"${NASTY.replaceAll('"', '')}"\n`);
    project.write('labels.json', JSON.stringify({ [NASTY]: [NASTY] }));
    project.write('header.npy', `\x93NUMPY\x01\0\x76\0{'descr': '${NASTY.slice(0, 60)}'`.padEnd(140));
    for (const file of ['nasty.npz', 'nasty.npz:x', 'nasty.csv', 'label.csv', 'header.csv', 'header.npy'])
      config((text) => text.replaceAll('inputs.npy', file));
    config((text) => text.replace('labels.npy', 'labels.json'));
  });

  it('names in models', () => {
    const missing = nastyModel();
    missing.graph!.node[0].input[1] = `${NASTY} is missing`;
    const short = nastyModel();
    short.graph!.initializer[0].rawData = new Uint8Array(5);
    const unknown = nastyModel();
    unknown.graph!.node[0].opType = NASTY;
    const outside = externalized(nastyModel(), `../${NASTY}`).model;
    const absent = externalized(nastyModel(), NASTY.replaceAll('/', '_')).model;
    const models = [missing, short, unknown].map((model) => serializeModel(model));
    for (const bytes of [...models, outside, absent]) {
      project.write('bad.onnx', bytes);
      config((text) => text.replace('tiny.onnx', 'bad.onnx'));
    }
  });

  it('names and keys in parameter files of others', () => {
    const encoding = {
      bitwidth: 8,
      dtype: 'int',
      is_symmetric: 'False',
      max: 1,
      min: 0,
      offset: 0,
      scale: 0.1,
    };
    const files = [
      JSON.stringify({
        version: '0.6.1',
        activation_encodings: { [NASTY]: [encoding] },
        param_encodings: {},
      }),
      JSON.stringify({ version: '0.6.1', activation_encodings: {}, param_encodings: {}, [NASTY]: 1 }),
      JSON.stringify({ version: NASTY, activation_encodings: {}, param_encodings: {} }),
      JSON.stringify({ version: '1.0.0', activation_encodings: [{ [NASTY]: 1 }], param_encodings: [] }),
      JSON.stringify({ [NASTY]: NASTY }),
      `TRT-100100-EntropyCalibration2\n${NASTY.replace(/[\r\n]/g, ' ')}: 3c010a14\n`,
    ];
    for (const text of files) {
      project.write('foreign.json', text);
      expectPlain('inspect', 'foreign.json');
      expectPlain('inspect', 'foreign.json', '--json');
      expectPlain('diff', 'foreign.json', 'out/report.json');
    }
  });
});

import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { forbidCommands, scrubbed } from '../../../src/data/user-command.ts';
import { commandOptions } from '../../../src/metrics/command-options.ts';
import { resolveMetric } from '../../../src/metrics/index.ts';
import { openScorer } from '../../../src/metrics/score-sample.ts';
import { tensor } from './tensors.ts';

// Node is the Python of these scripts.
const scripts = {
  // The mean of each sample's first output, by a JSON of what it was given.
  'mean.cjs': `
    const { readFileSync, writeFileSync } = require('node:fs');
    const folder = process.env.QUANTGATE_FOLDER;
    const job = JSON.parse(readFileSync(folder + '/job.json', 'utf8'));
    const scores = job.samples.map((_, i) => {
      const bytes = readFileSync(folder + '/samples/' + String(i).padStart(6, '0') + '/0.npy');
      const from = 10 + bytes.readUInt16LE(8);
      let sum = 0;
      for (let at = from; at < bytes.length; at += 4) sum += bytes.readFloatLE(at);
      return sum;
    });
    writeFileSync('seen.json', JSON.stringify({ job, env: Object.keys(process.env) }));
    writeFileSync(folder + '/scores.json', JSON.stringify({ scores }));
  `,
  'labels.cjs': `
    const { readFileSync } = require('node:fs');
    const own = process.env.QUANTGATE_FOLDER + '/samples/000000/';
    console.log('so it begins');
    console.log(JSON.stringify({ scores: [[JSON.parse(readFileSync(own + 'label.json')).part, 4], [1, 4]] }));
  `,
  'few.cjs': `console.log('{ "scores": [1] }')`,
  'words.cjs': "console.error('why'); console.log('not a number')",
  'fails.cjs': "console.error('first'); console.error('no file labels.csv'); process.exit(2)",
  'endless.cjs': 'setInterval(() => {}, 1000)',
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'commands-'));
  for (const [name, text] of Object.entries(scripts)) await writeFile(join(folder, name), text);
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => forbidCommands(undefined));

const never = new AbortController().signal;
const make = (script: string, more: object = {}, output?: string) =>
  resolveMetric(
    { command: commandOptions.parse({ command: [process.execPath, script], ...more }), output },
    { folder, root: folder },
  );
/** The scores of two samples by a script, and the metric. */
async function scored(
  script: string,
  more: object = {},
  { signal = never, output = undefined as string | undefined } = {},
) {
  const metric = await make(script, more, output);
  const scorer = await openScorer(metric, { model: 'fp32', signal, beat: () => {} });
  try {
    const outputs = { a: tensor([1, 2]), b: tensor([5]) };
    const names = ['a', 'b'];
    await scorer.add({ sample: 7, outputs, names, label: { part: 3 }, reference: undefined });
    await scorer.add({ sample: 8, outputs, names, label: undefined, reference: undefined });
    const scores = await scorer.finish();
    return { scores, value: metric.aggregate(scores) };
  } finally {
    await scorer.close();
  }
}
const seen = async () => (await import(join(folder, 'seen.json'), { with: { type: 'json' } })).default;

describe('a metric by a command', () => {
  it('is called once for a model, with the outputs of all samples as .npy', async () => {
    process.env.GITHUB_TOKEN = 'secret';
    try {
      expect(await scored('mean.cjs')).toEqual({ scores: [3, 3], value: 3 });
    } finally {
      delete process.env.GITHUB_TOKEN;
    }
    const { job, env } = await seen();
    expect(job).toEqual({ version: 1, model: 'fp32', outputs: ['a', 'b'], samples: [7, 8] });
    expect(env).toContain('QUANTGATE_FOLDER');
    expect(env).toContain('PATH');
    expect(env).not.toContain('GITHUB_TOKEN');
  });

  it('reads one output where one is named, and leaves no files', async () => {
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith('quantgate-command-'));
    expect(await scored('mean.cjs', {}, { output: 'b' })).toEqual({ scores: [5, 5], value: 5 });
    const after = readdirSync(tmpdir()).filter((name) => name.startsWith('quantgate-command-'));
    expect(after.filter((name) => !before.includes(name))).toEqual([]);
  });

  it('is given labels, and may say ratios on the last line', async () => {
    const more = { aggregate: 'ratio', name: 'error', 'higher-is-better': false, unit: 'fraction' };
    expect(await scored('labels.cjs', more)).toEqual({
      scores: [
        [3, 4],
        [1, 4],
      ],
      value: 0.5,
    });
    expect(await make('labels.cjs', more)).toMatchObject({
      name: 'error',
      higherIsBetter: false,
      decomposable: false,
      labels: 'none',
    });
  });

  it('that fails is told in its own last words', async () => {
    await expect(scored('fails.cjs')).rejects.toThrow(
      /^command "\S+ fails\.cjs" ended with exit code 2: no file labels\.csv$/,
    );
    await expect(scored('mean.cjs', { unit: 'fraction' })).rejects.toThrow(
      'score 0 is 3, and a fraction lies between 0 and 1: take another unit for the metric',
    );
    await expect(scored('few.cjs')).rejects.toThrow('has 1 scores for 2 samples');
    await expect(scored('words.cjs')).rejects.toThrow(/is not \{ "scores": \[...\] \} .+; it said: why$/);
    await expect(scored('mean.cjs', { aggregate: 'ratio' })).rejects.toThrow('scores.0');
    const absent = commandOptions.parse({ command: 'no-such-program eval.py' });
    const metric = await resolveMetric({ command: absent }, { folder, root: folder });
    const scorer = await openScorer(metric, { model: 'fp32', signal: never, beat: () => {} });
    await expect(scorer.finish()).rejects.toThrow('no-such-program cannot be started (ENOENT): install it');
    await scorer.close();
  });

  it('is ended where it takes too long, and with the run', async () => {
    await expect(scored('endless.cjs', { minutes: 0.02 })).rejects.toThrow('took longer than 0.02 minutes');
    await expect(scored('endless.cjs', {}, { signal: AbortSignal.timeout(500) })).rejects.toThrow('timeout');
  });

  it('does not run where that is forbidden', async () => {
    await rm(join(folder, 'seen.json'), { force: true });
    forbidCommands('the change changes "eval.py"');
    await expect(scored('mean.cjs')).rejects.toThrow(/does not run: the change changes "eval\.py"$/);
    expect(existsSync(join(folder, 'seen.json'))).toBe(false);
  });

  it('has other settings where a file of it is another', async () => {
    const before = (await make('few.cjs')).settings;
    expect((await make('few.cjs')).settings).toBe(before);
    await writeFile(join(folder, 'few.cjs'), `${scripts['few.cjs']};`);
    expect((await make('few.cjs')).settings).not.toBe(before);
  });
});

describe('a command', () => {
  const parsed = (command: unknown) => commandOptions.safeParse({ command });

  it('is a list, or words that spaces separate', () => {
    expect(parsed('python  eval.py --fast').data?.command).toEqual(['python', 'eval.py', '--fast']);
    expect(parsed(['python', 'a file.py', '"']).data?.command).toEqual(['python', 'a file.py', '"']);
  });

  it.each([' ', 'a | b', 'a > b', 'a $B', 'a "b c"', "a 'b'", 'a && b', 'a\nb', 'a *', [], ['']])(
    'is refused where a shell would make something else of it: %j',
    (command) => {
      expect(parsed(command).success).toBe(false);
    },
  );

  it('has no token and nothing of the runner in its environment', () => {
    const env = {
      PATH: '/bin',
      HOME: '/home',
      PYTHONPATH: 'lib',
      KEYBOARD: 'de',
      GITHUB_TOKEN: 'x',
      GITHUB_ENV: 'x',
      ACTIONS_RUNTIME_TOKEN: 'x',
      INPUT_TOKEN: 'x',
      RUNNER_TEMP: 'x',
      HF_TOKEN: 'x',
      AWS_SECRET_ACCESS_KEY: 'x',
      AWS_ACCESS_KEY_ID: 'x',
      NPM_CONFIG__AUTH: 'x',
      DB_PASSWORD: 'x',
    };
    expect(Object.keys(scrubbed(env))).toEqual(['PATH', 'HOME', 'PYTHONPATH', 'KEYBOARD']);
  });
});

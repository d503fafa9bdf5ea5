import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { serializeModel } from '../../src/onnx/model.ts';
import { chained, expanding, looping } from '../support/endless-models.ts';
import { baseConfig, makeProject, type Project } from '../support/project.ts';
import { match } from './scenarios.ts';
import { named, openWorld } from './world.ts';

const endless = serializeModel(looping(2n ** 62n));
const metricExits = `export default { name: 'exits', higherIsBetter: true, score: () => process.exit(0), aggregate: () => 1 };\n`;
/** Tells when the first sample is there and which process reads it; what follows is ONNX Runtime's. */
const tells = `export default async function* () {
  console.error(\`reads \${process.pid}\`);
  for (;;) yield { inputs: { image: { type: 'float32', dims: [1, 1, 8, 8], data: new Float32Array(64) } }, label: 0 };
}\n`;
const dataExits = tells.replace('for (;;)', 'process.exit(0);');

let project: Project;
beforeAll(async () => {
  project = await makeProject();
  project.write('endless.onnx', endless);
  project.write('large.onnx', serializeModel(expanding(10n ** 9n)));
  project.write('metric-exits.mjs', metricExits);
  project.write('data-exits.mjs', dataExits);
  project.write('tells.mjs', tells);
});
afterAll(() => project.remove());

const of = (...pairs: [string, string][]) =>
  pairs.reduce((text, [from, to]) => text.replace(from, to), baseConfig);
const toldEndless = of(['tiny.onnx', 'endless.onnx'], ['{ inputs: inputs.npy', '{ inputs: tells.mjs']);
const metricOf = (module: string) => of(['metric: top1', `metric: ./${module}`], ['10pp', '10']);
const withoutResult = (place: string) =>
  `the measuring process ended without a result ${place} (exit code 0): a module that calls process.exit, or fails where nothing catches it, ends the run: let it throw where it is called`;

/** Runs a config, and expects that it is ended with one line, without a report and without temporary files. */
function expectEnded(config: string, line: string | RegExp, command = 'run'): void {
  project.delete('out');
  project.write('ended.yml', config);
  const shard = ['evaluate', 'explain'].includes(command) ? ['-s', '1/2'] : [];
  const { code, stdout, stderr } = project.run(command, ...shard, '-c', 'ended.yml', '-o', 'out');
  const lines = stderr.split('\n').filter((each) => each.startsWith('quantgate: '));
  expect(lines, stderr + stdout).toEqual([
    typeof line === 'string' ? `quantgate: ${line}` : match(new RegExp(`^quantgate: ${line.source}`)),
  ]);
  expect(code).toBe(2);
  expect(() => project.report('out')).toThrow();
  expect(project.leftovers()).toEqual([]);
}

describe('a model that never ends is ended', () => {
  const line = (why: string) => new RegExp(`the run was ended while a model was loaded: ${why}`);
  it.each(['run', 'recover', 'baseline', 'calibrate', 'evaluate', 'explain'])('by quantgate %s', (command) =>
    expectEnded(
      `${of(['tiny.onnx', 'endless.onnx'])}limits: { minutes: 0.05 }\n`,
      line('it took longer than 0\\.05 minutes: raise limits\\.minutes'),
      command,
    ),
  );
  it('where nothing advances', () =>
    expectEnded(
      `${of(['tiny.onnx', 'endless.onnx'])}limits: { idle-minutes: 0.05 }\n`,
      line('nothing advanced for 0\\.05 minutes'),
    ));
  it('where it takes more memory than it may', () =>
    expectEnded(
      `${of(['tiny.onnx', 'large.onnx'])}limits: { memory: 1GB }\n`,
      line('it held \\d.* of memory(, more| and was about to hold more) than the 1 GB of limits\\.memory'),
    ));
});

describe('a model of very many nodes', () => {
  it('is measured', () => {
    project.write('chain.onnx', serializeModel(chained(20_000, 'Add')));
    project.write('chain.yml', of(['tiny.onnx', 'chain.onnx'], ['labels: labels.npy, metric: top1', '']));
    const { code, stderr } = project.run('run', '-c', 'chain.yml', '-o', 'chain');
    expect(code, stderr).toBe(0);
  });

  it('is refused where ONNX Runtime would not get through with it', () => {
    project.write('long.onnx', serializeModel(chained(200_000, 'Relu')));
    project.write('long.yml', of(['tiny.onnx', 'long.onnx']));
    const { code, stderr } = project.run('run', '-c', 'long.yml', '-o', 'long');
    expect([code, stderr]).toEqual([
      2,
      match(/^quantgate: tiny: long\.onnx has 200006 nodes, at most 50000 are measured: .*\n$/),
    ]);
  });
});

describe('a module', () => {
  it('that exits turns nothing green: a metric', () =>
    expectEnded(metricOf('metric-exits.mjs'), withoutResult('in tiny/evaluate')));
  it('that exits turns nothing green: calibration data', () =>
    expectEnded(
      of(['{ inputs: inputs.npy', '{ inputs: data-exits.mjs']),
      withoutResult('while a model was loaded'),
    ));
  it('that exits when it is loaded turns nothing green', () => {
    project.write('loads.mjs', 'process.exit(0);\n');
    expectEnded(metricOf('loads.mjs'), withoutResult('while a model was loaded'));
  });
  it.each([
    ['a promise that it starts', "Promise.reject(new Error('no\\nnetwork'))"],
    ['what it does later', "setImmediate(() => { throw new Error('no\\nnetwork'); })"],
  ])('that fails in %s ends the run with that, and no stack trace', (_, fails) => {
    const code = `export default { name: 'late', higherIsBetter: true, score: () => { ${fails}; return 1; } };\n`;
    project.write('late.mjs', code);
    expectEnded(
      metricOf('late.mjs'),
      /the measuring process ended without a result .* \(exit code 1\): it failed where nothing catches it \(no network\): let a module throw/,
    );
    const { stderr } = project.run('run', '-c', 'ended.yml', '-o', 'out');
    expect(stderr).not.toMatch(/^ +at |node:internal/m);
  });
  it('that awaits what never comes is told so', () => {
    project.write('never.mjs', 'await new Promise(() => {});\n');
    expectEnded(metricOf('never.mjs'), /.*\(exit code 13\): a module awaits what never comes/);
  });
  it('that leaves something open holds nobody up', () => {
    const agrees =
      "export default { name: 'agrees', higherIsBetter: true, score: () => 1, aggregate: () => 1 };\n";
    project.write('open.mjs', `setInterval(() => {}, 1000);\n${agrees}`);
    project.write('open.yml', metricOf('open.mjs'));
    expect(project.run('run', '-c', 'open.yml', '-o', 'open')).toMatchObject({ code: 0 });
    expect(project.leftovers()).toEqual([]);
  });
});

describe.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s while ONNX Runtime computes', (signal) => {
  it('ends with one line and no temporary files', async () => {
    project.write('told.yml', toldEndless);
    const { code, stderr } = await project.start(['run', '-c', 'told.yml'], (line, kill) => {
      if (line.includes('reads ')) setTimeout(() => kill(signal), 500);
    });
    expect(stderr.split('\n').filter((line) => line.startsWith('quantgate'))).toEqual([
      'quantgate: interrupted; no report was written',
    ]);
    expect(code).toBe(130);
    expect(project.leftovers()).toEqual([]);
  });
});

it('A process whose watcher is killed ends as well, and leaves no temporary files', async () => {
  project.write('told.yml', toldEndless);
  let pid = 0;
  await project.start(['run', '-c', 'told.yml'], (line, kill) => {
    pid ||= Number(/reads (\d+)/.exec(line)?.[1] ?? 0);
    if (pid > 0) setTimeout(() => kill('SIGKILL'), 500);
  });
  await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'), 10_000);
  expect(pid).toBeGreaterThan(0);
  expect(project.leftovers()).toEqual([]);
});

it('A process whose watcher is killed as it ends leaves no temporary files and no words of its own', () => {
  const kills = `const { send, ppid } = process;
process.send = (message, ...more) => {
  if (message.kind === 'result') process.kill(ppid, 'SIGKILL');
  while (message.kind === 'result' && process.ppid === ppid);
  return send.call(process, message, ...more);
};
export default { name: 'kills', higherIsBetter: true, score: () => 1 };\n`;
  project.write('kills.mjs', kills);
  project.write('kills.yml', metricOf('kills.mjs'));
  const { stdout, stderr } = project.run('run', '-c', 'kills.yml', '-o', 'killed');
  expect(stdout).toContain('pass: see killed/report.html');
  expect(stderr).not.toMatch(/quantgate: |^ +at /m);
  expect(project.leftovers()).toEqual([]);
});

describe('the Action', () => {
  const play = async (files: Record<string, string | Uint8Array>, job = {}) => {
    for (const [name, content] of Object.entries(files)) project.write(name, content);
    const world = await openWorld(project, {
      base: { ...named(project), ...files },
      head: {
        'tiny.onnx': 'another model',
        ...('endless.onnx' in files && { 'endless.onnx': 'another model' }),
      },
    });
    try {
      return await world.gate(job);
    } finally {
      await world.github.close();
      expect(project.leftovers().filter((name) => !name.startsWith('runner-'))).toEqual([]);
    }
  };

  it.each(['pull request', 'push'] as const)('fails on a %s where a module exits', async (on) => {
    const files = { 'quantgate.yml': metricOf('metric-exits.mjs'), 'metric-exits.mjs': metricExits };
    const { code, said, outputs } = await play(files, { on });
    expect(said).toEqual([`error: ${withoutResult('in tiny/evaluate')}`]);
    expect(code).not.toBe(0);
    expect(outputs).toEqual({});
  });

  it('ends a model that never ends', async () => {
    const limited = `${of(['tiny.onnx', 'endless.onnx'])}limits: { minutes: 0.1 }\n`;
    const { code, said } = await play({ 'quantgate.yml': limited, 'endless.onnx': endless });
    expect(said).toEqual([match(/^error: the run was ended .*: it took longer than 0\.1 minutes: /)]);
    expect(code).not.toBe(0);
  });

  it('shows its token to nothing that it starts', async () => {
    const shows = `console.log(\`sees \${Object.keys(process.env).filter((key) => /^INPUT_/.test(key))}.\`);\n`;
    const agrees =
      "export default { name: 'agrees', higherIsBetter: true, score: () => 1, aggregate: () => 1 };\n";
    const files = { 'quantgate.yml': metricOf('shows.mjs'), 'shows.mjs': shows + agrees };
    const { code, log } = await play(files);
    expect(code, log).toBe(0);
    expect(log).toMatch(/sees .*INPUT_CONFIG/);
    expect(log).not.toMatch(/sees .*INPUT_TOKEN/);
  });
});

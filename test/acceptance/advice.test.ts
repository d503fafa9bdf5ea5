import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeNode } from '../../src/onnx/graph.ts';
import { classifierParts, floats, makeModel, noise } from '../support/models.ts';
import { npyOf } from '../support/npy.ts';
import { baseConfig, makeProject, type Project } from '../support/project.ts';

/** The classifier behind a Clip, which keeps a value that is far off from everything but the first range. */
function clipped() {
  const parts = classifierParts();
  const [first, ...others] = parts.nodes;
  first.input[0] = 'limited';
  const clip = makeNode('Clip', ['image', 'low', 'high'], ['limited']);
  return makeModel({
    ...parts,
    nodes: [clip, first, ...others],
    constants: { ...parts.constants, low: floats([], [-1]), high: floats([], [1]) },
  });
}

let project: Project;
beforeAll(async () => {
  project = await makeProject(clipped());
  // One pixel of one calibration sample is a thousand times brighter than all others, and sets the range.
  const inputs = noise(400 * 64, 42);
  inputs[7] = 1000;
  project.write('inputs.npy', npyOf({ type: 'float32', dims: [400, 1, 8, 8], data: inputs }));
});
afterAll(() => project.remove());

const config = baseConfig
  .replace('targets: [tensorrt, onnxruntime]', 'targets: [snpe]\n    range: min-max')
  .replace('max-drop: 10pp', 'max-drop: 10pp, max-bits-lost: 1');

function judged(out: string) {
  const [target] = project.report(out).models[0].targets;
  if (target.verdict === 'error') throw new Error(target.reasons.join('; '));
  return target;
}

describe('advice on a range that one value sets', () => {
  it('names tensor, range and reason, and suggests ranges that were measured together', () => {
    project.write('outlier.yml', config);
    const { code, stderr } = project.run('run', '-c', 'outlier.yml', '-o', 'before');
    expect(code, stderr).toBe(1);
    const { reasons, suggestion, metric, layers, attribution } = judged('before');
    expect(reasons[0]).toMatch(
      /^"[^"]+": range \[-?[\d.]+, [\d.]+\] set by [\d.]+ % of the values: [\d.]+ of 8 bits lost, max-bits-lost is 1/,
    );
    expect(suggestion, 'no ranges were suggested').not.toBeNull();
    const { changes, measured } = suggestion!;
    expect(measured.outputGainDb).toBeGreaterThan(10);
    expect(measured.quantized).toBeGreaterThan(metric.quantized);
    const suggested = layers.flatMap(({ tensors }) => tensors.filter((tensor) => tensor.suggested));
    expect(new Set(suggested.map(({ name }) => name))).toEqual(new Set(changes.map(({ tensor }) => tensor)));
    expect(attribution?.probeSamples).toBe(8);
    expect(layers.every(({ cumulativeNsr }) => cumulativeNsr !== undefined)).toBe(true);
    const markdown = project.read('before/report.md');
    expect(markdown).toMatch(/\*\*Activations cost the most\*\*|\*\*Quantization destroys this model/);
    expect(markdown).toMatch(/```(diff|yaml)\n[^`]*chip: \w+\n[^`]*ranges:\n/);
  });

  it('is written into the configuration by --apply, and passes then', () => {
    project.write('outlier.yml', `# ours\n${config}`);
    const applied = project.run('run', '-c', 'outlier.yml', '-o', 'before', '--apply');
    expect(applied.stdout).toMatch(/outlier\.yml: \d+ ranges? of tiny on \w+ written/);
    const text = project.read('outlier.yml');
    expect(text).toMatch(/^# ours\n/);
    expect(text).toMatch(/targets: .*ranges: \{/);
    const { code, stdout, stderr } = project.run('run', '-c', 'outlier.yml', '-o', 'after');
    expect(code, stdout + stderr).toBe(0);
    const before = judged('before');
    const after = judged('after');
    expect(after.metric.quantized).toBe(before.suggestion!.measured.quantized);
    const changed = new Set(before.suggestion!.changes.map(({ tensor }) => tensor));
    const tensors = after.layers.flatMap((layer) => layer.tensors).filter(({ name }) => changed.has(name));
    for (const { name, bitsLost } of tensors) expect(bitsLost, name).toBeLessThan(0.05);
    expect(after.suggestion?.changes.map(({ tensor }) => tensor) ?? []).not.toContain([...changed][0]);
  });

  it('does not hold for tensors that the budget leaves out', () => {
    project.write('outlier.yml', config);
    project.run('run', '-c', 'outlier.yml', '-o', 'before');
    const wasted = judged('before')
      .layers.flatMap(({ tensors }) => tensors)
      .filter(({ bitsLost = 0 }) => bitsLost > 1);
    const except = `{ value: 1, except: ${JSON.stringify([...new Set(wasted.map(({ name }) => name))])} }`;
    project.write('except.yml', config.replace('max-bits-lost: 1', `max-bits-lost: ${except}`));
    const { code } = project.run('run', '-c', 'except.yml', '-o', 'except');
    expect(judged('except').reasons.join('\n')).not.toContain('bits lost');
    expect(code === 0).toBe(judged('except').verdict === 'pass');
  });
});

describe('budgets on layers', () => {
  it('names the layer whose noise is above the budget, and what makes it', () => {
    project.write('sqnr.yml', config.replace('max-bits-lost: 1', 'min-sqnr-db: 90'));
    expect(project.run('run', '-c', 'sqnr.yml', '-o', 'sqnr').code).toBe(1);
    expect(judged('sqnr').reasons[0]).toMatch(
      /^layer "[^"]+": SQNR -?[\d.]+ dB, [\d.]+ % of the noise is .*, min-sqnr-db is 90; \d+ more (is|are) beyond it$/,
    );
  });
});

describe('a range that is pinned far too narrow', () => {
  it('saturates what the chip saturates, and is judged', () => {
    const text = config
      .replace(', max-bits-lost: 1', '')
      .replace('range: min-max', 'ranges: { scores: { alpha: -0.0000001, beta: 0.0000001 } }');
    project.write('narrow.yml', text);
    const { code, stderr } = project.run('run', '-c', 'narrow.yml', '-o', 'narrow');
    expect(code, stderr).toBe(1);
    const { remedies = [], suggestion } = judged('narrow');
    const widened = suggestion?.changes.map(({ tensor }) => tensor) ?? [];
    const told = remedies.filter(({ action }) => action === 'widen-pin').map(({ unit }) => unit);
    expect([...widened, ...told].join(' ')).toContain('scores');
  });
});

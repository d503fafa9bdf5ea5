import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baseConfig, makeProject, type Project } from '../support/project.ts';

const files = {
  tensorrt: ['calibration.cache', 'model.qdq.onnx'],
  snpe: ['encodings.json'],
  cambricon: [
    'parameters.json',
    'bottom_blobs.prototxt',
    'catch.json',
    'load_catch.py',
    'magicmind.json',
    'magicmind_ranges.py',
  ],
  onnxruntime: ['model.qdq.onnx'],
  ncnn: ['ncnn.table'],
  ascend: ['record.txt'],
  openvino: ['model.qdq.onnx'],
  rknn: ['model.qdq.onnx'],
};

let project: Project;
beforeAll(async () => {
  project = await makeProject();
  const all = `[${Object.keys(files).join(', ')}]`;
  project.write('chips.yml', baseConfig.replace('[tensorrt, onnxruntime]', all));
  const { code, stderr } = project.run('run', '-c', 'chips.yml', '-o', 'out');
  expect(code, stderr).toBe(0);
});
afterAll(() => project.remove());

describe.each(Object.entries(files))('the folder of %s', (chip, expected) => {
  it('holds its files, a README and a manifest with their hashes', () => {
    const folder = join('out/chips/tiny', chip);
    const manifest = JSON.parse(project.read(join(folder, 'manifest.json')));
    const written = [...expected, 'README.md'];
    expect(manifest.files.map((f: { file: string }) => f.file).sort()).toEqual(written.sort());
    for (const { file, sha256 } of manifest.files) {
      const bytes = readFileSync(join(project.folder, folder, file));
      expect(createHash('sha256').update(bytes).digest('hex'), file).toBe(sha256);
    }
    const { models } = project.report('out');
    const paths = models[0].targets.flatMap((t) => (t.chip === chip && 'files' in t ? t.files : []));
    expect(paths.map((path) => path.replace(`chips/tiny/${chip}/`, '')).sort()).toEqual(
      [...written, 'manifest.json'].sort(),
    );
    expect(manifest).toMatchObject({ modelSha256: models[0].modelSha256, chip, left: [] });
  });

  it('holds nothing that quantgate inspect does not read', () => {
    for (const file of expected.filter((name) => !name.endsWith('.py'))) {
      const { code, stdout, stderr } = project.run('inspect', join('out/chips/tiny', chip, file), '--json');
      expect(code, `${file}: ${stderr}`).toBe(0);
      expect(JSON.parse(stdout).tensors.length, file).toBeGreaterThan(0);
    }
  });
});

describe('the encodings of snpe', () => {
  it.each(['1.0.0', '2.0.0'])('are written as %s on request', (version) => {
    const target = `[{ chip: snpe, encodings: ${version} }]`;
    project.write('version.yml', baseConfig.replace('[tensorrt, onnxruntime]', target));
    const { code, stderr } = project.run('run', '-c', 'version.yml', '-o', version);
    expect(code, stderr).toBe(0);
    expect(JSON.parse(project.read(`${version}/chips/tiny/snpe/encodings-${version}.json`)).version).toBe(
      version,
    );
  });

  it('have a version for snpe alone', () => {
    const target = '[{ chip: tensorrt, encodings: 1.0.0 }]';
    project.write('wrong.yml', baseConfig.replace('[tensorrt, onnxruntime]', target));
    const { code, stderr } = project.run('run', '-c', 'wrong.yml');
    expect(code).toBe(2);
    expect(stderr).toContain('is for snpe alone');
  });
});

import { beforeAll, describe, expect, it } from 'vitest';
import { MANIFEST, verifyChipFiles } from '../../../src/formats/manifest.ts';
import type { LeftOut } from '../../../src/formats/parameter-set.ts';
import { serializeModel } from '../../../src/onnx/model.ts';
import { chipFilesOf } from '../../../src/pipeline/export.ts';
import type { Candidate } from '../../../src/pipeline/judge.ts';
import { type Evaluated, evaluated } from '../../support/staged.ts';

let tensorrt: Evaluated;
let onnxruntime: Evaluated;
beforeAll(async () => {
  tensorrt = await evaluated({ targets: ['tensorrt'] });
  onnxruntime = await evaluated({ targets: ['onnxruntime'] });
});

/** The files of a target by name, as bytes. */
function filesOf({ prepared }: Evaluated, candidate: Candidate) {
  const { id } = candidate.config;
  return new Map(
    chipFilesOf(prepared, candidate).map(({ path, content }) => {
      const [folder, model, target, file] = path.split('/');
      expect([folder, model, target]).toEqual(['chips', 'm', id]);
      return [file, new Uint8Array(Buffer.from(content))] as const;
    }),
  );
}
const textOf = (files: ReadonlyMap<string, Uint8Array>, name: string) =>
  Buffer.from(files.get(name)!).toString('utf8');

/** The candidate with a format that leaves out `count` tensors. */
function leaving(count: number): Candidate {
  const { candidate } = tensorrt;
  const { quantized } = candidate;
  const left: LeftOut[] = Array.from({ length: count }, (_, i) => ({ name: `t${i}`, why: 'it has no name' }));
  const format = { ...quantized.scheme.target.formats[0], write: () => ({ text: 'cache', left }) };
  const target = { ...quantized.scheme.target, formats: [format], qdq: undefined };
  return { ...candidate, quantized: { ...quantized, scheme: { ...quantized.scheme, target } } };
}

describe('the files for a chip', () => {
  it('are those of its formats, the model with Q/DQ, a README and a manifest that holds for them', () => {
    const files = filesOf(tensorrt, tensorrt.candidate);
    expect([...files.keys()]).toEqual(['calibration.cache', 'model.qdq.onnx', 'README.md', MANIFEST]);
    const manifest = verifyChipFiles(files, 'the folder');
    expect(manifest).toMatchObject({
      model: 'm',
      modelSha256: tensorrt.prepared.model.sha256,
      target: 'tensorrt',
      chip: 'tensorrt',
      left: [],
    });
    expect(manifest.files.map(({ file }) => file)).toEqual([
      'calibration.cache',
      'model.qdq.onnx',
      'README.md',
    ]);
    expect(textOf(files, MANIFEST)).toMatch(/^\{\n {2}"quantgateChip": 1,[\s\S]*\}\n$/);
  });

  it('hold the very model that the integer kernels ran', () => {
    const { candidate } = onnxruntime;
    const { kernels } = candidate;
    const ran = kernels !== undefined && 'model' in kernels ? kernels.model : undefined;
    const files = filesOf(onnxruntime, candidate);
    expect([...files.keys()]).toEqual(['model.qdq.onnx', 'README.md', MANIFEST]);
    expect(files.get('model.qdq.onnx')).toEqual(new Uint8Array(Buffer.from(serializeModel(ran!))));
    // Where they did not run it is made now, and is the same.
    expect(filesOf(onnxruntime, { ...candidate, kernels: { notRun: 'no reason' } })).toEqual(files);
    expect(filesOf(onnxruntime, { ...candidate, kernels: undefined })).toEqual(files);
  });

  it('say which could not be written, and why', async () => {
    const wide = await evaluated({ targets: [{ chip: 'rknn', 'activation-bits': 12 }] });
    const files = filesOf(wide, wide.candidate);
    expect([...files.keys()]).not.toContain('model.qdq.onnx');
    const why = `${wide.candidate.quantized.scheme.target.title} takes at most 8 bits, not 12`;
    const { left } = verifyChipFiles(files, 'the folder');
    expect(left).toContainEqual({ file: 'model.qdq.onnx', name: 'model.qdq.onnx', why });
    expect(textOf(files, 'README.md')).toContain(`- model.qdq.onnx: "model.qdq.onnx": ${why}`);
  });

  it('are in the version of the encodings that the config asks for', async () => {
    const older = await evaluated();
    const newer = await evaluated({ targets: [{ chip: 'snpe', encodings: '1.0.0' }] });
    const names = (stage: Evaluated) => [...filesOf(stage, stage.candidate).keys()];
    expect(names(older)).toEqual(['encodings.json', 'README.md', MANIFEST]);
    expect(names(newer)).toEqual(['encodings-1.0.0.json', 'README.md', MANIFEST]);
  });

  it('include what lies beside a format for every model', () => {
    const candidate = leaving(0);
    const { quantized } = candidate;
    const { target } = quantized.scheme;
    const companions = [{ file: 'apply.py', text: 'print()' }];
    const formats = [{ ...target.formats[0], companions }];
    const scheme = { ...quantized.scheme, target: { ...target, formats } };
    const files = filesOf(tensorrt, { ...candidate, quantized: { ...quantized, scheme } });
    expect([...files.keys()]).toEqual(['calibration.cache', 'apply.py', 'README.md', MANIFEST]);
    expect(textOf(files, 'apply.py')).toBe('print()');
    expect(verifyChipFiles(files, 'the folder').left).toEqual([]);
  });
});

describe('the README of a chip', () => {
  const readme = (stage: Evaluated, candidate: Candidate) => textOf(filesOf(stage, candidate), 'README.md');

  it('says what was made of which model, and how to hand it over', () => {
    const { prepared, candidate } = tensorrt;
    const { target } = candidate.quantized.scheme;
    const { sha256 } = prepared.model;
    expect(readme(tensorrt, candidate)).toBe(
      `${[
        '# m on NVIDIA Jetson / TensorRT',
        `Made by quantgate 0.1.0 of the model with SHA-256 \`${sha256}\`: weights of 8 bits per-channel, ` +
          'activations of 8 bits, ranges by mse. The hashes of all files are in `manifest.json`.',
        '`model.onnx` below is the model that was judged, which is not in this folder: copy it here.',
        target.handOver('fp16', target.formats),
        `Assumed when the accuracy was measured: ${target.arithmetic.assumed}.`,
      ].join('\n\n')}\n`,
    );
    const { assumed } = onnxruntime.candidate.quantized.scheme.target.arithmetic;
    expect(assumed).toBe('');
    expect(readme(onnxruntime, onnxruntime.candidate)).not.toContain('Assumed');
  });

  it('names no other files than those that are there', async () => {
    const encodings = await evaluated({ targets: [{ chip: 'snpe', encodings: '1.0.0' }] });
    const text = readme(encodings, encodings.candidate);
    expect(text).toContain('`encodings-1.0.0.json` (AIMET encodings 1.0.0) has');
    expect(text).not.toMatch(/encodings\.json|encodings-2/);
    expect(text).toContain('`model.onnx` below is the model that was judged, which is not in this folder');
    const repaired = await evaluated({ targets: [{ chip: 'snpe', recipe: ['correct-bias'] }] });
    const files = filesOf(repaired, repaired.candidate);
    expect([...files.keys()]).toContain('model.onnx');
    expect(textOf(files, 'README.md')).not.toContain('which is not in this folder');
    expect(readme(onnxruntime, onnxruntime.candidate)).not.toContain('which is not in this folder');
  });

  it('has the command of the floats that were measured', async () => {
    const lines = async (target: object) => {
      const stage = await evaluated({ targets: [target] });
      return readme(stage, stage.candidate);
    };
    expect(readme(tensorrt, tensorrt.candidate)).toContain('--int8 --fp16 --calib=calibration.cache');
    const inFp32 = await lines({ chip: 'tensorrt', float: 'fp32' });
    expect(inFp32).toContain('--int8 --calib=calibration.cache');
    expect(inFp32).not.toContain('--fp16 ');
    expect(await lines({ chip: 'cambricon' })).toContain('"qint8_mixed_float16"');
    expect(await lines({ chip: 'cambricon', float: 'fp32' })).toContain('"qint8_mixed_float32"');
  });

  it('names the layers that have another precision than the rest', async () => {
    const line = async (target: object) => {
      const stage = await evaluated({ targets: [target] });
      return readme(stage, stage.candidate)
        .split('\n')
        .filter((each) => each.startsWith('Of another precision'));
    };
    expect(readme(tensorrt, tensorrt.candidate)).not.toContain('Of another precision');
    expect(
      await line({
        chip: 'snpe',
        layers: {
          'h/MatMul': { 'weight-bits': 4 },
          'y/MatMul': { 'activation-bits': 16, 'weight-bits': 16 },
        },
      }),
    ).toEqual([
      'Of another precision than the rest: "h/MatMul" weights of 4 bits; "y/MatMul" activations of 16 bits and weights of 16 bits.',
    ]);
    expect(await line({ chip: 'tensorrt', layers: { 'y/MatMul': { float: true } } })).toEqual([
      'Of another precision than the rest: "y/MatMul" floating point.',
    ]);
  });

  it('lists what was left out, up to 20', () => {
    const listed = (count: number) => readme(tensorrt, leaving(count)).split('\n\n## Left out\n\n')[1];
    expect(listed(0)).toBeUndefined();
    expect(listed(2)).toBe(
      '- calibration.cache: "t0": it has no name\n- calibration.cache: "t1": it has no name\n',
    );
    expect(listed(20).trimEnd().split('\n')).toHaveLength(20);
    const lines = listed(23).trimEnd().split('\n');
    expect(lines).toHaveLength(21);
    expect(lines[19]).toContain('"t19"');
    expect(lines[20]).toBe('- 3 more are in manifest.json');
    expect(verifyChipFiles(filesOf(tensorrt, leaving(23)), 'the folder').left).toHaveLength(23);
  });
});

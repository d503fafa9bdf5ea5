import { createHash } from 'node:crypto';
import { zipOf } from './zip.ts';

/** The files of a chip's folder as the gate writes them, by name. */
export function chipFolder(
  given: {
    readonly model?: string;
    readonly target?: string;
    readonly files?: Readonly<Record<string, string>>;
  } = {},
): Record<string, string> {
  const {
    model = 'signs',
    target = 'tensorrt',
    files = { 'calibration.cache': 'TRT-8001', 'README.md': '# signs' },
  } = given;
  const manifest = {
    quantgateChip: 1,
    tool: '0.1.0',
    model,
    modelSha256: 'a'.repeat(64),
    target,
    chip: target,
    files: Object.entries(files).map(([file, content]) => ({
      file,
      sha256: createHash('sha256').update(content).digest('hex'),
    })),
    left: [{ file: 'calibration.cache', name: 'conv/"1"', why: 'it is a constant' }],
  };
  return { ...files, 'manifest.json': JSON.stringify(manifest) };
}

export function zipOfFiles(files: Readonly<Record<string, string | Uint8Array>>): Buffer {
  return zipOf(...Object.entries(files).map(([name, content]) => ({ name, content })));
}

import { copyFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseNpyHeader } from '../src/data/npy-header.ts';
import { npyBytes } from '../src/data/write-npy.ts';
import { corpus } from '../test/support/corpus.ts';
import type { Range, Subject } from './subject.ts';

const MAP50 = resolve(import.meta.dirname, '../test/corpus/map50.mjs');

/** What the keys of each real model are, beside those of its `meta.json`. */
const SUBJECTS = {
  'ppocr-rec': {
    inputs: 'inputs.npy',
    labels: 'texts.json',
    metric: { name: 'exact-match', characters: 'characters.json' },
  },
  magika: { inputs: 'inputs.npy', labels: 'labels.npy', metric: 'top1' },
  'resnet20-cifar10': { inputs: 'inputs.npy', labels: 'labels.npy', metric: 'top1' },
  'mobilenet-v1-025': { inputs: 'images.csv', labels: undefined, metric: 'top1' },
  fastestdet: { inputs: 'images.csv', labels: 'boxes.json', metric: { module: './map50.mjs' } },
} as const;

interface Meta {
  readonly preprocess?: { scale: number; mean: number[]; std: number[]; bgr?: boolean };
  readonly splits: { calibration: Range; evaluation: Range };
}

/** Copies the real models below a folder, each with what its configuration says. */
export function corpusSubjects(root: string): Subject[] {
  return Object.entries(SUBJECTS).map(([name, { inputs, labels, metric }]) => {
    const folder = join(root, name);
    cpSync(join(corpus, name), folder, { recursive: true });
    if (name === 'fastestdet') copyFileSync(MAP50, join(folder, 'map50.mjs'));
    const { preprocess, splits }: Meta = JSON.parse(readFileSync(join(folder, 'meta.json'), 'utf8'));
    const file = name === 'ppocr-rec' ? threeChannels(folder, inputs) : inputs;
    const { scale, mean, std, bgr = false } = preprocess ?? {};
    return {
      name,
      folder,
      ...splits,
      model: {
        path: 'model.onnx',
        ...(preprocess && { preprocess: { scale, mean, std, bgr } }),
        calibration: { inputs: file },
        evaluation: { inputs: file, ...(labels && { labels }), metric },
        budget: { 'max-drop': '50pp' },
      },
    };
  });
}

/** Repeats the one channel of grey pictures [n, 1, height, width] of bytes, for a model that reads three. */
function threeChannels(folder: string, file: string): string {
  const bytes = readFileSync(join(folder, file));
  const { shape, offset } = parseNpyHeader(bytes, file);
  const [count, , height, width] = shape;
  const grey = bytes.subarray(offset);
  const size = height * width;
  const data = new Uint8Array(3 * grey.length);
  for (let i = 0; i < 3 * count; i++) {
    const sample = Math.floor(i / 3);
    data.set(grey.subarray(sample * size, (sample + 1) * size), i * size);
  }
  writeFileSync(join(folder, 'rgb.npy'), npyBytes({ type: 'uint8', dims: [count, 3, height, width], data }));
  return 'rgb.npy';
}

import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fp16Model } from '../src/emulation/fp16-graph.ts';
import { serializeModel } from '../src/onnx/model.ts';
import { readModel } from '../src/onnx/read-model.ts';
import { planModel } from '../src/quantization/planned.ts';
import { loadModel } from '../src/runtime/load-model.ts';
import { startRuntime } from '../src/runtime/runtime.ts';
import { targets } from '../src/targets/index.ts';

/**
 * Writes models in FP32, and as they compute in FP16 where nothing is integer, for `fp16.py`.
 *
 *     npx tsx verification/fp16.ts <corpus> <folder> && python verification/fp16.py <corpus> <folder>
 */
const [corpus, folder] = process.argv.slice(2).map((path) => resolve(path));
const runtime = await startRuntime('cpu');
const scheme = {
  target: targets.tensorrt,
  granularity: 'per-channel',
  weightBits: 8,
  activationBits: 8,
  range: 'mse',
  float: 'fp16',
} as const;

for (const name of [
  'kws-dscnn',
  'resnet20-cifar10',
  'mobilenet-v1-025',
  'mnist-cnn',
  'magika',
  'ppocr-rec',
]) {
  const file = join(corpus, name, 'model.onnx');
  const model = await loadModel(await readModel(file, file, corpus), file, runtime);
  const planned = planModel(model, scheme);
  const nothing = { ...planned, units: [], plan: { ...planned.plan, layers: [], activations: new Map() } };
  const half = fp16Model(nothing);
  mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, name, 'fp32.onnx'), serializeModel(model.model));
  writeFileSync(join(folder, name, 'fp16.onnx'), serializeModel(half));
  console.log(name);
}

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { loadConfig } from '../src/config/load-config.ts';
import { emulatedModel } from '../src/emulation/emulated-model.ts';
import { onGridModel } from '../src/emulation/on-grid-model.ts';
import { dequantizeWeights, weightCodes } from '../src/numerics/channels.ts';
import { gridParams } from '../src/numerics/grid.ts';
import { serializeModel } from '../src/onnx/model.ts';
import { readTensor } from '../src/onnx/tensors.ts';
import { calibrateModel } from '../src/pipeline/calibrate.ts';
import { candidatesOf } from '../src/pipeline/candidates.ts';
import { parameterSetOf } from '../src/pipeline/export-parameters.ts';
import { openSamples } from '../src/pipeline/open-samples.ts';
import { type Prepared, prepare } from '../src/pipeline/prepare.ts';
import { biasValues, integerBias } from '../src/quantization/bias.ts';
import { type Quantized, withRanges, withRepairs } from '../src/quantization/quantized.ts';
import { encodingVersions } from '../src/targets/snpe.ts';
import { silentContext } from '../test/support/silent-context.ts';

// Leaves what a configuration's snpe targets become in a folder, for AIMET to be compared with: <model>/model.onnx as it is
// planned, <model>/samples.json, and for each target the encodings of every version, the emulation in real values, and the
// biases that the chip adds; in exact/ the same with every scale raised to a power of two, where sums have no error, and with a
// model whose weights lie on their grids already.
//
// npx tsx verification/emulate.ts <quantgate.yml> <folder>

const [configFile, out] = process.argv.slice(2);
const path = resolve(configFile);
const context = await silentContext(dirname(path));
const config = await loadConfig(path);
for (const model of config.models) {
  const prepared = await prepare(model, context);
  const { candidates, failed } = await candidatesOf(
    prepared,
    await calibrateModel(prepared, context),
    context,
  );
  for (const { config, problem } of failed) console.error(`${model.name} ${config.id}: ${problem}`);
  const folder = join(out, model.name);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'model.onnx'), serializeModel(prepared.model.model));
  await writeSamples(prepared, folder);
  for (const { config, quantized } of candidates) {
    await writeTarget(quantized, join(folder, config.id));
    const exact = withPowersOfTwo(quantized);
    await writeTarget(exact, join(folder, config.id, 'exact'));
    await writeFile(join(folder, config.id, 'exact/model.onnx'), serializeModel(onGridModel(exact)));
  }
}

async function writeSamples({ config, model }: Prepared, folder: string) {
  const dataset = await openSamples(config.evaluation, { config, model }, context.place);
  const samples: unknown[] = [];
  for await (const { inputs } of dataset.samples(context.signal)) {
    const sample: Record<string, unknown> = {};
    for (const [index, [name, { type, dims, data }]] of Object.entries(inputs).entries()) {
      const file = `${samples.length}-${index}.bin`;
      await writeFile(join(folder, file), new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
      sample[name] = { file, type, dims };
    }
    samples.push(sample);
  }
  await dataset.close();
  await writeFile(join(folder, 'samples.json'), JSON.stringify(samples));
}

function withPowersOfTwo(quantized: Quantized): Quantized {
  const { plan, parameters, model, scheme } = quantized;
  const raised = ({ scale }: { scale: number }) => 2 ** Math.ceil(Math.log2(scale));
  const ranges = [...parameters.activations].map(([name, params]) => {
    const [scale, { qmin, qmax, symmetric }] = [raised(params), params.grid];
    const least = symmetric ? -qmax : qmin - params.zeroPoint;
    return [name, { alpha: least * scale, beta: (qmax - params.zeroPoint) * scale }] as const;
  });
  const weights = plan.layers.flatMap((layer) => {
    const chosen = parameters.weights.get(layer.name);
    if (chosen === undefined) return [];
    const params = chosen.params.map((each) => gridParams(raised(each), each.zeroPoint, chosen.grid));
    const values = readTensor(model.view.initializers.get(layer.weight!.name)!, '').data as Float32Array;
    const rounded = { grid: chosen.grid, rounding: scheme.target.rounding };
    const data = dequantizeWeights(weightCodes(values, chosen, params, rounded), chosen, params);
    return [[layer.name, { ...chosen, params, data }] as const];
  });
  return withRepairs(withRanges(quantized, new Map(ranges)), {
    weights: new Map(weights),
    biases: new Map(),
  });
}

async function writeTarget(quantized: Quantized, folder: string) {
  await mkdir(folder, { recursive: true });
  const set = parameterSetOf(quantized, new Map());
  for (const { file, write } of Object.values(encodingVersions))
    await writeFile(join(folder, file), write(set).text);
  const { model } = emulatedModel(quantized, 'float');
  await writeFile(join(folder, 'emulated.onnx'), serializeModel(model));
  const biases = quantized.plan.layers.flatMap((layer) => {
    const bias = integerBias(layer, quantized);
    return bias === undefined ? [] : [[bias.name, [...biasValues(bias)]]];
  });
  await writeFile(join(folder, 'biases.json'), JSON.stringify(Object.fromEntries(biases)));
  await writeFile(join(folder, 'passed-on.json'), JSON.stringify([...set.passedOn]));
}

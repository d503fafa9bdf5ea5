import { create } from '@bufbuild/protobuf';
import { allOf } from '../data/ahead.ts';
import type { Batch } from '../data/batch.ts';
import { fp16Model } from '../emulation/fp16-graph.ts';
import { rowOf } from '../evaluation/evaluation.ts';
import type { Outputs } from '../metrics/metric.ts';
import { type ModelProto, ValueInfoProtoSchema } from '../onnx/gen/onnx_pb.ts';
import { editableCopy } from '../onnx/graph.ts';
import type { Planned } from '../quantization/planned.ts';
import { openModel } from '../runtime/open-model.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { measuredTensors } from './impact/measured-tensors.ts';
import { outputNoise } from './impact/output-noise.ts';

/**
 * NSR of the outputs that the metric reads where nothing is quantized and what the target does not compute with integers
 * is computed in FP16: how much of its noise is not the integers'. Infinite where an output becomes NaN or infinite.
 *
 * @param outputs names of the outputs that the metric reads
 * @returns undefined where nothing is computed in FP16
 */
export async function fp16Noise(
  planned: Planned,
  probes: readonly Batch[],
  runtime: Runtime,
  outputs: readonly string[],
): Promise<number | undefined> {
  if (planned.scheme.float !== 'fp16') return undefined;
  const names = measuredTensors(planned.model, outputs);
  const rowsOf = async (model: ModelProto): Promise<Outputs[]> => {
    const session = await openModel(withOutputs(model, names), { optimize: 'float' }, runtime);
    try {
      const rowsOfBatch = async (batch: Batch) => {
        const results = await session.run(batch.inputs, names);
        return Array.from(batch.indices.keys(), (row) => rowOf(results, row, batch.size));
      };
      return (await allOf(probes, rowsOfBatch, session.atOnce ?? 1)).flat();
    } finally {
      await session.close();
    }
  };
  return outputNoise(await rowsOf(planned.model.model), await rowsOf(fp16Model(planned)), names).nsr;
}

function withOutputs(model: ModelProto, names: readonly string[]): ModelProto {
  const { model: copy } = editableCopy(model);
  const known = new Set(copy.graph.output.map(({ name }) => name));
  const added = names.filter((name) => !known.has(name));
  copy.graph.output.push(...added.map((name) => create(ValueInfoProtoSchema, { name })));
  return copy;
}

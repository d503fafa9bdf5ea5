import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parameterFormats } from '../../../src/formats/index.ts';
import type { ReadParameters } from '../../../src/formats/parameter-set.ts';
import { readQdq } from '../../../src/formats/qdq-onnx.ts';
import { weightCodes } from '../../../src/numerics/channels.ts';
import { gridParams } from '../../../src/numerics/grid.ts';
import type { ModelProto } from '../../../src/onnx/gen/onnx_pb.ts';
import { viewGraph } from '../../../src/onnx/graph.ts';
import { parseModel } from '../../../src/onnx/model.ts';
import { readModel } from '../../../src/onnx/read-model.ts';
import { readTensor } from '../../../src/onnx/tensors.ts';
import { calibrateModel } from '../../../src/pipeline/calibrate.ts';
import { candidatesOf } from '../../../src/pipeline/candidates.ts';
import { chipFilesOf } from '../../../src/pipeline/export.ts';
import type { Candidate } from '../../../src/pipeline/judge.ts';
import type { Prepared } from '../../../src/pipeline/prepare.ts';
import type { Layer } from '../../../src/quantization/layer.ts';
import { type LoadedModel, loadModel } from '../../../src/runtime/load-model.ts';
import { prepared, type Staged } from '../../support/staged.ts';

/** What is delivered of one target, read back from its files. */
export interface Delivered {
  readonly prepared: Prepared;
  readonly candidate: Candidate;
  /** `model.onnx`, as the next run would load it. */
  readonly model: LoadedModel;
  readonly proto: ModelProto;
  /** What the parameter files say, by file. */
  readonly files: ReadonlyMap<string, readonly ReadParameters[]>;
  readonly qdq: ModelProto | undefined;
}

/** Repairs a model for targets, writes their files and reads them back. */
export async function delivered(...given: Parameters<typeof prepared>): Promise<Delivered[]> {
  const stage = await prepared(...given);
  const calibration = await calibrateModel(stage.prepared, stage.context);
  const { candidates, failed } = await candidatesOf(stage.prepared, calibration, stage.context);
  if (failed.length > 0) throw new Error(JSON.stringify(failed));
  return Promise.all(candidates.map((candidate) => readBack(stage, candidate)));
}

async function readBack(stage: Staged & { prepared: Prepared }, candidate: Candidate): Promise<Delivered> {
  const written = new Map(
    chipFilesOf(stage.prepared, candidate).map(({ path, content }) => [path.split('/').at(-1)!, content]),
  );
  const folder = mkdtempSync(join(tmpdir(), 'quantgate-delivered-'));
  try {
    writeFileSync(join(folder, 'model.onnx'), written.get('model.onnx')!);
    const file = await readModel(join(folder, 'model.onnx'));
    const qdq = written.get('model.qdq.onnx');
    return {
      prepared: stage.prepared,
      candidate,
      proto: file.model,
      model: await loadModel(file, 'model.onnx', stage.context.runtime),
      files: parameterFilesIn(written),
      qdq: qdq === undefined ? undefined : parseModel(Buffer.from(qdq), 'model.qdq.onnx'),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function parameterFilesIn(files: ReadonlyMap<string, string | Uint8Array>) {
  return new Map(
    [...files].flatMap(([file, content]) => {
      const format = typeof content === 'string' && parameterFormats.find((each) => each.recognizes(content));
      return format ? [[file, format.read(content as string, file).tensors] as const] : [];
    }),
  );
}

/** The codes that were judged. */
export function judgedCodes({ candidate }: Delivered, { name }: Layer): Float32Array {
  const weight = candidate.quantized.parameters.weights.get(name)!;
  const onto = { grid: weight.grid, rounding: candidate.quantized.scheme.target.rounding };
  const codes = weightCodes(weight.data, weight, weight.params, onto);
  const values = codes.map((code) => code);
  const { params } = weight;
  if (params.length === 1)
    values.forEach((code, i) => {
      if (Math.fround((code - params[0].zeroPoint) * params[0].scale) !== weight.data[i])
        throw new Error(`${name}: value ${i} is judged off its grid: ${weight.data[i]}`);
    });
  return codes;
}

/** The codes that a tool makes of the delivered weight of a layer by nearest rounding with the parameters of a file. */
export function madeCodes({ model, candidate }: Delivered, layer: Layer, said: ReadParameters): Float32Array {
  const { rounding } = candidate.quantized.scheme.target;
  const { dims, data } = readTensor(model.view.initializers.get(layer.weight!.name)!, 'model.onnx');
  const grid = { bits: said.bits, qmin: said.qmin, qmax: said.qmax, symmetric: said.symmetric };
  const params = said.scales.map((scale, i) => gridParams(scale, said.zeroPoints[i], grid));
  const axis = params.length > 1 ? layer.weight!.axis : null;
  return weightCodes(data as Float32Array, { dims, axis }, params, { grid, rounding });
}

/** What each file says of the weight of a layer. */
export function saidOf({ files, qdq }: Delivered, layer: Layer): [file: string, said: ReadParameters][] {
  const { name, output, weight } = layer;
  const names = new Set([weight!.name, name, output]);
  const found = [...files].flatMap(([file, tensors]) =>
    tensors
      .filter((each) => each.kind !== 'activation' && names.has(each.name))
      .map((each): [string, ReadParameters] => [file, each]),
  );
  if (qdq === undefined) return found;
  const view = viewGraph(qdq);
  const node = view.graph.node.find((each) => each.name === layer.node.name)!;
  const constant = view.producers.get(node.input[weight!.input])!.input[0];
  const said = readQdq(qdq, 'model.qdq.onnx').tensors.filter((each) => each.name === constant);
  return [...found, ...said.map((each): [string, ReadParameters] => ['model.qdq.onnx', each])];
}

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModelProto } from '../../src/onnx/gen/onnx_pb.ts';
import { serializeModel } from '../../src/onnx/model.ts';
import { readModel } from '../../src/onnx/read-model.ts';
import { type LoadedModel, loadModel } from '../../src/runtime/load-model.ts';
import { type Runtime, startRuntime } from '../../src/runtime/runtime.ts';
import { makeModel } from './models.ts';

export type Loader = ((given: Parameters<typeof makeModel>[0]) => Promise<LoadedModel>) & {
  runtime: Runtime;
  /** Loads a model that is made already. */
  proto(model: ModelProto): Promise<LoadedModel>;
};

/** Loads models as `quantgate run` does, on the CPU. */
export async function loader(): Promise<Loader> {
  const runtime = await startRuntime('cpu');
  const proto = async (given: ModelProto) => {
    const folder = mkdtempSync(join(tmpdir(), 'quantgate-test-'));
    try {
      writeFileSync(join(folder, 'model.onnx'), serializeModel(given));
      const file = await readModel(join(folder, 'model.onnx'));
      return await loadModel(file, 'model.onnx', runtime);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
  const load = (given: Parameters<typeof makeModel>[0]) => proto(makeModel(given));
  return Object.assign(load, { runtime, proto });
}

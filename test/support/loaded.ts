import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serializeModel } from '../../src/onnx/model.ts';
import { stageModel } from '../../src/onnx/staging.ts';
import { type Runtime, startRuntime } from '../../src/runtime/runtime.ts';
import { type LoadedModel, simplify } from '../../src/runtime/simplify.ts';
import { makeModel } from './models.ts';

export type Loader = ((given: Parameters<typeof makeModel>[0]) => Promise<LoadedModel>) & {
  runtime: Runtime;
};

/** Loads models as `quantgate run` does, on the CPU. */
export async function loader(): Promise<Loader> {
  const runtime = await startRuntime('cpu');
  const load = async (given: Parameters<typeof makeModel>[0]) => {
    const folder = mkdtempSync(join(tmpdir(), 'quantgate-test-'));
    try {
      writeFileSync(join(folder, 'model.onnx'), serializeModel(makeModel(given)));
      const staged = await stageModel(join(folder, 'model.onnx'));
      const model = await simplify(staged, 'model.onnx', runtime);
      await staged.remove();
      return model;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
  return Object.assign(load, { runtime });
}

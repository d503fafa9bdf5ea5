import type { Tensor } from '../numerics/tensor.ts';
import type { Session } from '../runtime/runtime.ts';
import { ahead } from './ahead.ts';
import type { Batch } from './batch.ts';

/** A batch, and the outputs of its run. */
export interface RunBatch {
  readonly batch: Batch;
  readonly results: Record<string, Tensor>;
}

/**
 * Runs a session on batches, as many at once as it takes, and gives what comes of them in their order.
 *
 * @throws EngineError when ONNX Runtime fails
 */
export function runBatches(
  session: Session,
  batches: Iterable<Batch> | AsyncIterable<Batch>,
): AsyncGenerator<RunBatch> {
  const run = async (batch: Batch) => ({ batch, results: await session.run(batch.inputs) });
  return ahead(batches, run, session.atOnce ?? 1);
}

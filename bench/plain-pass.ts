import { type Batch, batches } from '../src/data/batch.ts';
import { openSamples } from '../src/pipeline/open-samples.ts';
import type { Context, Prepared } from '../src/pipeline/prepare.ts';
import { openModel } from '../src/runtime/open-model.ts';
import type { Session } from '../src/runtime/runtime.ts';
import { prepareSubject } from './prepared.ts';
import type { Subject } from './subject.ts';

/**
 * Seconds in which ONNX Runtime runs the FP32 model on all evaluation samples, in the batches of a gate, one after the other on
 * all cores, once they are read: what no way of judging a model gets around.
 */
export async function plainPass(subject: Subject): Promise<number> {
  const { prepared, context } = await prepareSubject(subject, ['onnxruntime']);
  const held = await heldBatches(prepared, context);
  const session = await openModel(prepared.fp32.model, { optimize: 'float' }, context.runtime);
  try {
    // The first runs allocate.
    await secondsOf(session, held.slice(0, 2));
    return await secondsOf(session, held);
  } finally {
    await session.close();
  }
}

/** The evaluation samples in memory. */
export async function heldBatches(prepared: Prepared, { place }: Context) {
  const dataset = await openSamples(prepared.config.evaluation, prepared, place);
  const held: Batch[] = [];
  for await (const batch of batches(dataset.samples(), prepared.batchSize, prepared.model.inputs))
    held.push(batch);
  await dataset.close();
  return held;
}

/** Seconds of a run on each batch. */
export async function secondsOf(session: Session, held: readonly Batch[]): Promise<number> {
  const start = performance.now();
  for (const { inputs } of held) await session.run(inputs);
  return (performance.now() - start) / 1000;
}

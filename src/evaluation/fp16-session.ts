import { type Fp16Watch, withLargest } from '../emulation/fp16-watch.ts';
import type { ModelProto } from '../onnx/gen/onnx_pb.ts';
import type { Session } from '../runtime/runtime.ts';

/** A session of a model that computes in FP16. */
export interface Fp16Session extends Session {
  /** The name of a vector of the largest value of each watched tensor, among the results of a run that has one beyond binary16. */
  readonly largest: string;
}

/**
 * Opens a model that computes in FP16 with the watch that takes least, until a value is beyond binary16: from that run on it
 * is the model that tells which tensor it was, and how large.
 *
 * @param open opens a session
 */
export async function openFp16(
  { model, fp16, opset }: { readonly model: ModelProto; readonly fp16: Fp16Watch; readonly opset: number },
  open: (model: ModelProto) => Promise<Session>,
): Promise<Fp16Session> {
  const telling = withLargest({ model, fp16 }, opset);
  let session = await open(model);
  let tells = false;
  const { inputs } = session;
  const outputs = session.outputs.filter(({ name }) => name !== fp16.sum);
  return {
    inputs,
    outputs,
    largest: telling.largest,
    async run(feeds, fetches) {
      if (!tells) {
        const { [fp16.sum]: sum, ...results } = await session.run(feeds, fetches && [...fetches, fp16.sum]);
        if (Number.isFinite(sum.data[0])) return results;
        const next = await open(telling.model);
        await session.close();
        session = next;
        tells = true;
      }
      return session.run(feeds, fetches && [...fetches, telling.largest]);
    },
    close: () => session.close(),
  };
}

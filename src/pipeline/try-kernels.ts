import { saidBy } from '../runtime/engine-error.ts';
import { openModel } from '../runtime/open-model.ts';
import type { Candidate } from './judge.ts';
import type { Context } from './prepare.ts';

/**
 * The same candidates, where ONNX Runtime opens their Q/DQ models. It refuses some: its optimizer gives two nodes one
 * name where a Clip ends inside of the grid behind it. That costs the run beside the emulation, not the verdict.
 */
export async function withKernelsThatOpen(
  candidates: readonly Candidate[],
  { runtime, signal }: Context,
): Promise<Candidate[]> {
  const tried: Candidate[] = [];
  for (const candidate of candidates) {
    signal.throwIfAborted();
    const { kernels } = candidate;
    if (kernels === undefined || 'notRun' in kernels) {
      tried.push(candidate);
      continue;
    }
    try {
      const session = await openModel(kernels.model, { optimize: kernels.optimize }, runtime, 'cpu');
      await session.close();
      tried.push(candidate);
    } catch (error) {
      const why = saidBy(error).slice(0, 200);
      tried.push({
        ...candidate,
        kernels: {
          notRun: `ONNX Runtime ${runtime.version} does not open the model with Q/DQ (${why}): load the file without graph optimizations, or choose another range`,
        },
      });
    }
  }
  return tried;
}

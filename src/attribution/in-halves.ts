import type { Unit } from '../quantization/units.ts';
import { EngineError } from '../runtime/engine-error.ts';

/**
 * Measures units together, and where ONNX Runtime cannot compute them so, each half by itself: a unit whose quantized
 * values decide how long a tensor is has nothing of the same length to be compared with.
 *
 * @param measure puts what it finds out about the units where it belongs
 * @param unmeasured takes a unit that cannot be measured even alone
 */
export async function inHalves(
  units: readonly Unit[],
  measure: (units: readonly Unit[]) => Promise<void>,
  unmeasured: (unit: Unit) => void,
): Promise<void> {
  try {
    await measure(units);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    if (units.length === 1) {
      unmeasured(units[0]);
      return;
    }
    const middle = Math.ceil(units.length / 2);
    await inHalves(units.slice(0, middle), measure, unmeasured);
    await inHalves(units.slice(middle), measure, unmeasured);
  }
}

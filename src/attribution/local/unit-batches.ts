import { elementCount } from '../../numerics/tensor.ts';
import type { Planned } from '../../quantization/planned.ts';
import type { Unit } from '../../quantization/units.ts';
import type { LoadedModel } from '../../runtime/load-model.ts';

/** Memory that the tensors of a group may take together, in elements of float32 (512 MiB). */
const GROUP_ELEMENTS = 2 ** 27;

/**
 * ONNX Runtime's time to open a graph grows with the square of its nodes: 110 units of a detector open in 1.4 s, 32 of them in a
 * tenth of it, and what FP32 computes before them is soon done.
 */
const GROUP_UNITS = 32;

/** Tensors of the size of what it reads and makes that a unit needs at once, about. */
const PER_ACTIVATION = 8;

/** What clipping and what rounding changes of it. */
const PER_WEIGHT = 2;

/**
 * Cuts units, in their order, into groups whose errors are taken in one session: each group costs a pass of the FP32
 * model more, but all units of a large model at once would not fit into memory and take long to open.
 *
 * @param elements of every tensor of the model in a run of the largest batch
 */
export function inGroups(
  { model, units }: Pick<Planned, 'model' | 'units'>,
  elements: ReadonlyMap<string, number>,
): Unit[][] {
  const groups: Unit[][] = [];
  let total = Infinity;
  for (const unit of units) {
    const size = elementsOf(unit, model, elements);
    total += size;
    if (total > GROUP_ELEMENTS || groups.at(-1)!.length === GROUP_UNITS) {
      groups.push([]);
      total = size;
    }
    groups.at(-1)!.push(unit);
  }
  return groups;
}

/** Elements that a unit needs. */
function elementsOf(
  { node, reads, layer }: Unit,
  model: LoadedModel,
  elements: ReadonlyMap<string, number>,
): number {
  const tensors = new Set([...reads.map((r) => r.tensor), ...(node?.output ?? [])]);
  const activations = [...tensors].reduce((sum, name) => sum + (elements.get(name) ?? 0), 0);
  const weight = layer?.weight && model.view.initializers.get(layer.weight.name);
  return (
    PER_ACTIVATION * activations +
    (weight === undefined ? 0 : PER_WEIGHT * elementCount(weight.dims.map(Number)))
  );
}

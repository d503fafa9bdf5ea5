import type { Batch } from '../data/batch.ts';
import type { Parameters } from '../emulate/parameters.ts';
import type { Plan } from '../emulate/plan.ts';
import { elementCount } from '../numerics/tensor.ts';
import { serializeModel } from '../onnx/model.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { LoadedModel } from '../runtime/simplify.ts';
import type { LocalError, Shares } from './attribution.ts';
import { type Step, splitModel, steps, type UnitSums } from './split-graph.ts';
import type { Unit } from './units.ts';

/** Elements of all units' outputs that one session may split, for a batch: their terms take several times as much. */
const SESSION_ELEMENTS = 2 ** 24;

/**
 * The local error of every unit on FP32 inputs, split into its steps. Units whose output is no float32 tensor are left
 * out.
 */
export async function localErrors(
  model: LoadedModel,
  plan: Plan,
  parameters: Parameters,
  units: readonly Unit[],
  probes: readonly Batch[],
  runtime: Runtime,
): Promise<Map<string, LocalError>> {
  const errors = new Map<string, LocalError>();
  for (const group of inGroups(units, model, probes)) {
    const split = splitModel(model, plan, parameters, group);
    const session = await runtime.open(serializeModel(split.model), { optimize: 'float' });
    const totals = new Map<string, number>();
    try {
      for (const { inputs } of probes) {
        for (const [name, { data }] of Object.entries(await session.run(inputs)))
          totals.set(name, (totals.get(name) ?? 0) + Number(data[0]));
      }
    } finally {
      await session.close();
    }
    for (const [unit, sums] of split.sums) errors.set(unit, errorOf(sums, totals, probes.length));
  }
  return errors;
}

function errorOf(sums: UnitSums, totals: ReadonlyMap<string, number>, batches: number): LocalError {
  const of = (name: string) => totals.get(name)!;
  const product = (step: Step) => (sums.products.has(step) ? of(sums.products.get(step)!) : 0);
  const noise = steps.reduce((sum, step) => sum + product(step), 0);
  const signal = of(sums.signal);
  const rates = sums.clipRates.map((name) => of(name) / batches);
  const clipRate = rates.length === 0 ? 0 : rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
  if (!(noise > 0)) return { nsr: 0, shares: undefined, clipRate };
  const shares = Object.fromEntries(steps.map((step) => [step, product(step) / noise])) as unknown as Shares;
  return { nsr: noise / signal, shares, clipRate };
}

/** Units in the order of the graph, cut where their outputs would take too much memory together. */
function inGroups(units: readonly Unit[], model: LoadedModel, probes: readonly Batch[]): Unit[][] {
  const rows = Math.max(1, ...probes.map(({ size }) => size));
  const groups: Unit[][] = [];
  let elements = Infinity;
  for (const unit of units) {
    const dims = model.tensors.get(unit.node?.output[0] ?? unit.reads[0].tensor)?.dims ?? [];
    const own = elementCount(dims.map((d, i) => (i === 0 ? rows : (d ?? 1))));
    if (elements + own > SESSION_ELEMENTS) {
      groups.push([]);
      elements = 0;
    }
    groups.at(-1)!.push(unit);
    elements += own;
  }
  return groups;
}

import { create } from '@bufbuild/protobuf';
import { switchModel } from '../../src/attribution/impact/switch-model.ts';
import type { Batch } from '../../src/data/batch.ts';
import type { Tensor } from '../../src/numerics/tensor.ts';
import { ValueInfoProtoSchema } from '../../src/onnx/gen/onnx_pb.ts';
import { serializeModel } from '../../src/onnx/model.ts';
import type { Quantized } from '../../src/quantization/quantized.ts';
import type { Unit } from '../../src/quantization/units.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';

/** NSR at each unit's own output, by the unit's name, meant over the probes' batches. */
export interface UnitErrors {
  /** With only the unit quantized. */
  readonly local: ReadonlyMap<string, number>;
  /** With every unit quantized: the errors of all before it arrive too. */
  readonly cumulative: ReadonlyMap<string, number>;
}

export async function unitErrors(
  quantized: Quantized,
  probes: readonly Batch[],
  runtime: Runtime,
): Promise<UnitErrors> {
  const made = switchModel(quantized);
  const { units } = quantized;
  const graph = made.model.graph!;
  const outputOf = (unit: Unit) => unit.node?.output[0] ?? unit.reads[0].tensor;
  // What leaves through a unit has another name inside.
  const produced = new Set(graph.node.flatMap((node) => node.output));
  const tensorOf = (unit: Unit) => {
    const inside = `${outputOf(unit)}/inside`;
    return unit.node !== undefined && produced.has(inside) ? inside : outputOf(unit);
  };
  const declared = new Set(graph.output.map((o) => o.name));
  for (const unit of units) {
    const name = tensorOf(unit);
    if (!declared.has(name)) graph.output.push(create(ValueInfoProtoSchema, { name }));
    declared.add(name);
  }
  const session = await runtime.open(serializeModel(made.model), { optimize: 'float' });
  const [local, cumulative] = [new Map<string, number>(), new Map<string, number>()];
  const run = (batch: Batch, on: (name: string) => boolean, names: readonly string[]) => {
    const switches = [...made.switches].map(([unit, input]): [string, Tensor] => [
      input,
      { type: 'bool', dims: [], data: Uint8Array.of(on(unit) ? 1 : 0) },
    ]);
    return session.run({ ...batch.inputs, ...Object.fromEntries(switches) }, names);
  };
  for (const batch of probes) {
    const all = [...new Set(units.map(tensorOf))];
    const fp32 = await run(batch, () => false, all);
    const full = await run(batch, () => true, all);
    for (const unit of units) {
      const name = tensorOf(unit);
      const alone = await run(batch, (n) => n === unit.name, [name]);
      const add = (to: Map<string, number>, results: typeof full) =>
        to.set(unit.name, (to.get(unit.name) ?? 0) + nsr(fp32[name], results[name]) / probes.length);
      add(local, alone);
      add(cumulative, full);
    }
  }
  await session.close();
  return { local, cumulative };
}

function nsr({ data: fp32 }: Tensor, { data: quantized }: Tensor): number {
  let [noise, signal] = [0, 0];
  for (let i = 0; i < fp32.length; i++) {
    noise += (Number(quantized[i]) - Number(fp32[i])) ** 2;
    signal += Number(fp32[i]) ** 2;
  }
  return noise === 0 ? 0 : noise / signal;
}

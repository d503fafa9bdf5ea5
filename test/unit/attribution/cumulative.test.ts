import { create } from '@bufbuild/protobuf';
import { beforeAll, describe, expect, it } from 'vitest';
import { emulatedModel } from '../../../src/emulation/emulated-model.ts';
import {
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  GraphProtoSchema,
  ValueInfoProtoSchema,
} from '../../../src/onnx/gen/onnx_pb.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { serializeModel } from '../../../src/onnx/model.ts';
import type { LoadedModel } from '../../../src/runtime/load-model.ts';
import { targets } from '../../../src/targets/index.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { classifierParts, random } from '../../support/models.ts';
import { batchOf, schemeOf, unitsUnder } from '../../support/quantized-units.ts';

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

const ranges = Object.fromEntries(
  ['image', 'c1', 'r1', 'c2', 'r2', 'flat', 'scores', 'x', 'h', 'k', 'y'].map((name) => [
    name,
    { alpha: -4, beta: 5 },
  ]),
);

/** NSR of the model's first output, from the outputs of two sessions. */
async function outputNsr(
  model: LoadedModel,
  { quantized }: Pick<ReturnType<typeof unitsUnder>, 'quantized'>,
  inputs: Parameters<typeof batchOf>[0],
) {
  const name = model.outputs[0].name;
  const [exact, found] = await Promise.all(
    [model.model, emulatedModel(quantized, 'integer').model].map(async (m) => {
      const session = await load.runtime.open(serializeModel(m), { optimize: 'float' });
      const results = await session.run(inputs);
      await session.close();
      return results[name].data as Float32Array;
    }),
  );
  const power = (values: Float32Array) => values.reduce((sum, v) => sum + v * v, 0);
  return power(exact.map((v, i) => found[i] - v)) / power(exact);
}

describe.each(['tensorrt', 'snpe', 'cambricon', 'onnxruntime'] as const)(
  'the cumulative NSR on %s',
  (chip) => {
    it('ends with the NSR of the output and, where outputs stay in float, starts with the local one', async () => {
      const model = await load(classifierParts());
      const under = unitsUnder(model, schemeOf(targets[chip]), ranges);
      const inputs = { image: random([3, 1, 8, 8], 2) };
      const found = await under.cumulative([batchOf(inputs)], load.runtime);
      expect([...found.keys()]).toEqual(under.units.map((u) => u.name));
      const last = found.get(under.units.at(-1)!.name)!;
      const whole = await outputNsr(model, under, inputs);
      expect(Math.abs(last / whole - 1), `${last} ${whole}`).toBeLessThan(0.01);
      if (targets[chip].placement.kind === 'operator-inputs') {
        const [first] = under.units;
        const local = (await under.errors([batchOf(inputs)], load.runtime)).get(first.name)!;
        expect(Math.abs(found.get(first.name)! / local.nsr - 1)).toBeLessThan(0.01);
      }
    });

    it('sees through the bodies of an If', async () => {
      const body = (name: string, factor: string) =>
        create(GraphProtoSchema, {
          name,
          node: [makeNode('Mul', ['h', factor], [name])],
          output: [
            create(ValueInfoProtoSchema, {
              name,
              type: { value: { case: 'tensorType', value: { elemType: 1 } } },
            }),
          ],
        });
      const branch = (name: string, g: ReturnType<typeof body>) =>
        create(AttributeProtoSchema, { name, type: AttributeType.GRAPH, g });
      const choice = makeNode('If', ['which'], ['k']);
      choice.attribute.push(
        branch('then_branch', body('twice', 'two')),
        branch('else_branch', body('once', 'one')),
      );
      const model = await load({
        nodes: [makeNode('MatMul', ['x', 'w'], ['h']), choice, makeNode('MatMul', ['k', 'v'], ['y'])],
        inputs: [
          { name: 'x', dims: [4, 6] },
          { name: 'which', dims: [], type: 'bool' },
        ],
        outputs: [{ name: 'y', dims: [4, 3] }],
        constants: {
          w: random([6, 6], 1),
          v: random([6, 3], 2),
          one: { type: 'float32', dims: [], data: Float32Array.of(1) },
          two: { type: 'float32', dims: [], data: Float32Array.of(2) },
        },
      });
      const under = unitsUnder(model, schemeOf(targets[chip]), ranges);
      const which = { type: 'bool' as const, dims: [], data: Uint8Array.of(1) };
      const inputs = { x: random([4, 6], 4), which };
      const found = await under.cumulative([batchOf({ x: inputs.x, which }, 4)], load.runtime);
      const whole = await outputNsr(model, under, inputs);
      const last = found.get(under.units.at(-1)!.name)!;
      expect(whole).toBeGreaterThan(0);
      expect(Math.abs(last / whole - 1), `${last} ${whole}`).toBeLessThan(0.01);
      expect((await under.errors([batchOf({ x: inputs.x, which }, 4)], load.runtime)).size).toBe(
        under.units.length,
      );
    });
  },
);

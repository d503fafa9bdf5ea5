import { describe, expect, it } from 'vitest';
import type { Tensor } from '../../../src/numerics/tensor.ts';
import { parseModel } from '../../../src/onnx/model.ts';
import { readTensor } from '../../../src/onnx/tensors.ts';
import { areIntegersExact } from '../../../src/runtime/exact-integers.ts';

/** Multiplies as the probe asks, and adds products in pairs that go through `pair`. */
const machine = (pair: (sum: number, type: string) => number) => async (model: Uint8Array) => {
  const { graph } = parseModel(model, 'the probe');
  const weights = readTensor(graph!.initializer[0], 'weights');
  const [depth, columns] = weights.dims;
  return {
    close: async () => {},
    run: async (feeds: Readonly<Record<string, Tensor>>) =>
      Object.fromEntries(
        graph!.node.map(({ input: [rows], output: [sums] }) => {
          const { type, dims, data } = feeds[rows];
          const product = (row: number, k: number, column: number) =>
            k < depth ? Number(data[row * depth + k]) * Number(weights.data[k * columns + column]) : 0;
          const all = Int32Array.from({ length: dims[0] * columns }, (_, i) => {
            const [row, column] = [Math.floor(i / columns), i % columns];
            let sum = 0;
            for (let k = 0; k < depth; k += 2)
              sum += pair(product(row, k, column) + product(row, k + 1, column), type);
            return sum;
          });
          return [sums, { type: 'int32' as const, dims: [dims[0], columns], data: all }];
        }),
      ),
  };
};

const inInt16 = (sum: number) => Math.max(-32768, Math.min(32767, sum));

describe('whether integer kernels are exact', () => {
  it('is true where no sum is cut', async () => {
    expect(await areIntegersExact(machine((sum) => sum))).toBe(true);
  });

  it('is false where pairs of products saturate at int16, of uint8 or of int8 alone', async () => {
    expect(await areIntegersExact(machine(inInt16))).toBe(false);
    expect(await areIntegersExact(machine((sum, type) => (type === 'uint8' ? inInt16(sum) : sum)))).toBe(
      false,
    );
    expect(await areIntegersExact(machine((sum, type) => (type === 'int8' ? sum - 1 : sum)))).toBe(false);
  });
});

import { create } from '@bufbuild/protobuf';
import { arrayOf, type Tensor } from '../numerics/tensor.ts';
import { GraphProtoSchema, ModelProtoSchema, ValueInfoProtoSchema } from '../onnx/gen/onnx_pb.ts';
import { makeNode } from '../onnx/graph.ts';
import { serializeModel } from '../onnx/model.ts';
import { dataTypeOf, makeTensor } from '../onnx/tensors.ts';

/** Sums of so many products, in a number that fills no register of any width. */
const DEPTH = 67;
const COLUMNS = 35;
/** One row is multiplied by kernels of its own. */
const ROWS = [1, 9];
/** The activations of a product, each the greatest of its type. */
const GREATEST = { uint8: 255, int8: 127 } as const;
/** The weights: their products with those of uint8 are beyond int16 in pairs. */
const WEIGHTS = [127, -128];

interface Opened {
  run(feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>>;
  close(): Promise<void>;
}

/**
 * Whether the kernels of this machine add the products of 8-bit activations and int8 weights without a loss. On x86 without VNNI
 * they add them in pairs that saturate at int16.
 *
 * @param open opens a model that runs on the integer kernels as they are
 */
export async function areIntegersExact(open: (model: Uint8Array) => Promise<Opened>): Promise<boolean> {
  const session = await open(productsModel());
  try {
    const products = await session.run(
      Object.fromEntries(CASES.map(({ name, type, rows }) => [name, rowsOf(type, rows)])),
    );
    return CASES.every(({ name, type }) =>
      (products[`${name}/sums`].data as Int32Array).every(
        (sum, i) => sum === DEPTH * GREATEST[type] * weightAt(i),
      ),
    );
  } finally {
    await session.close();
  }
}

const CASES = (['uint8', 'int8'] as const).flatMap((type) =>
  ROWS.map((rows) => ({ name: `${type}/${rows}`, type, rows })),
);

const weightAt = (index: number) => WEIGHTS[(index % COLUMNS) % WEIGHTS.length];

const rowsOf = (type: 'uint8' | 'int8', rows: number): Tensor => ({
  type,
  dims: [rows, DEPTH],
  data: new (arrayOf(type))(rows * DEPTH).fill(GREATEST[type]),
});

function productsModel(): Uint8Array {
  const weights = Int8Array.from({ length: DEPTH * COLUMNS }, (_, i) => weightAt(i));
  return serializeModel(
    create(ModelProtoSchema, {
      irVersion: 5n,
      opsetImport: [{ domain: '', version: 10n }],
      graph: create(GraphProtoSchema, {
        name: 'products',
        node: CASES.map(({ name }) => makeNode('MatMulInteger', [name, 'weights'], [`${name}/sums`])),
        initializer: [makeTensor('weights', { type: 'int8', dims: [DEPTH, COLUMNS], data: weights })],
        input: CASES.map(({ name, type }) =>
          create(ValueInfoProtoSchema, {
            name,
            type: { value: { case: 'tensorType', value: { elemType: dataTypeOf(type) } } },
          }),
        ),
        output: CASES.map(({ name }) => create(ValueInfoProtoSchema, { name: `${name}/sums` })),
      }),
    }),
  );
}

import { create } from '@bufbuild/protobuf';
import type { Tensor } from '../numerics/tensor.ts';
import {
  type GraphProto,
  type TensorShapeProto_Dimension,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  type TypeProto_Tensor,
  type ValueInfoProto,
} from '../onnx/gen/onnx_pb.ts';
import { shallow } from '../onnx/graph.ts';
import { freshName } from '../onnx/names.ts';

/** Dimensions that tensors have in all runs that they are fed to, by name; null where runs differ. */
export type FedDims = ReadonlyMap<string, readonly (number | null)[]>;

/** What all of some runs feed, which have the same names. A tensor whose number of dimensions differs is left out. */
export function fedDims(runs: readonly Readonly<Record<string, Tensor>>[]): FedDims {
  const fed = new Map<string, (number | null)[]>();
  for (const name of Object.keys(runs[0] ?? {})) {
    const all = runs.map((feeds) => feeds[name].dims);
    const [first] = all;
    if (all.every(({ length }) => length === first.length))
      fed.set(
        name,
        first.map((dim, i) => (all.every((dims) => dims[i] === dim) ? dim : null)),
      );
  }
  return fed;
}

/**
 * The graph whose inputs have the dimensions that all runs feed, where it leaves them open: but for the first, which is that of
 * the batch and gets a name if it has none. Before ONNX Runtime 1.32 planning memory compares each tensor of unknown
 * dimensions with all that are free by then: a graph of 2,900 nodes opens in half of the time, one of 1,400 in a fifth.
 *
 * Where the batch is open as well, results were the same bits in all that was measured; where all is known, other kernels may be
 * chosen, and last bits differ. A branch that no run takes may contradict the dimensions, so that the model does not open: whoever
 * feeds finds that out first.
 */
export function withFedDims(graph: GraphProto, fed: FedDims): GraphProto {
  const named = namesOfDims(graph);
  return shallow(graph, {
    input: graph.input.map((input) => {
      const dims = fed.get(input.name);
      return dims === undefined ? input : withDims(input, dims, named);
    }),
  });
}

function withDims(
  input: ValueInfoProto,
  fed: readonly (number | null)[],
  named: Set<string>,
): ValueInfoProto {
  const dim = dimsOf(input);
  if (dim?.length !== fed.length) return input;
  const closed = dim.map((each, i) => {
    if (isKnown(each) || (i === 0 && isNamed(each))) return each;
    if (i === 0) return dimension({ case: 'dimParam', value: freshName(named, `${input.name}/rows`) });
    const size = fed[i];
    return size === null ? each : dimension({ case: 'dimValue', value: BigInt(size) });
  });
  const type = input.type!;
  const shape = create(TensorShapeProtoSchema, { dim: closed });
  const value = shallow(type.value.value as TypeProto_Tensor, { shape });
  return shallow(input, { type: shallow(type, { value: { case: 'tensorType', value } }) });
}

/** ONNX Runtime takes dimensions of one name for equal. */
function namesOfDims({ input, output, valueInfo }: GraphProto): Set<string> {
  const dims = [...input, ...output, ...valueInfo].flatMap((each) => dimsOf(each) ?? []);
  return new Set(dims.flatMap(({ value }) => (value.case === 'dimParam' ? value.value : [])));
}

function dimsOf({ type }: ValueInfoProto): readonly TensorShapeProto_Dimension[] | undefined {
  return type?.value.case === 'tensorType' ? type.value.value.shape?.dim : undefined;
}

function isKnown({ value }: TensorShapeProto_Dimension): boolean {
  return value.case === 'dimValue' && value.value > 0n;
}

function isNamed({ value }: TensorShapeProto_Dimension): boolean {
  return value.case === 'dimParam' && value.value !== '';
}

function dimension(value: TensorShapeProto_Dimension['value']): TensorShapeProto_Dimension {
  return create(TensorShapeProto_DimensionSchema, { value });
}

import { create } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  type ModelProto,
  type NodeProto,
} from '../../src/onnx/gen/onnx_pb.ts';
import { makeNode, shallow } from '../../src/onnx/graph.ts';
import { classifierParts, floats, makeModel } from './models.ts';

const scalar = (value: bigint) => ({ type: 'int64' as const, dims: [], data: BigInt64Array.of(value) });

/** The classifier with nodes that make its "scores" of "raw", what it gives out itself. */
function behindClassifier(
  nodes: readonly NodeProto[],
  constants: Parameters<typeof makeModel>[0]['constants'],
): ModelProto {
  const parts = classifierParts();
  const last = parts.nodes.at(-1)!;
  return makeModel({
    ...parts,
    nodes: [...parts.nodes.slice(0, -1), shallow(last, { output: ['raw'] }), ...nodes],
    constants: { ...parts.constants, ...constants },
  });
}

/** A classifier that ends in a Loop of that many trips. */
export function looping(trips: bigint): ModelProto {
  const body = makeModel({
    nodes: [makeNode('Identity', ['go'], ['on']), makeNode('Relu', ['state'], ['next'])],
    inputs: [
      { name: 'trip', dims: [], type: 'int64' },
      { name: 'go', dims: [], type: 'bool' },
      { name: 'state', dims: ['N', 4] },
    ],
    outputs: [
      { name: 'on', dims: [], type: 'bool' },
      { name: 'next', dims: ['N', 4] },
    ],
  }).graph!;
  const loop = makeNode('Loop', ['trips', '', 'raw'], ['scores']);
  const attribute = create(AttributeProtoSchema, {
    name: 'body',
    type: AttributeProto_AttributeType.GRAPH,
    g: body,
  });
  return behindClassifier([shallow(loop, { attribute: [attribute] })], { trips: scalar(trips) });
}

/** A classifier that makes a tensor of `elements` for each of its scores on the way. */
export function expanding(elements: bigint): ModelProto {
  const shape = { type: 'int64' as const, dims: [3], data: BigInt64Array.of(elements, 1n, 1n) };
  const nodes = [
    makeNode('Expand', ['raw', 'shape'], ['large']),
    makeNode('ReduceMax', ['large'], ['greatest'], { axes: [0], keepdims: 0 }),
    makeNode('Identity', ['greatest'], ['scores']),
  ];
  return behindClassifier(nodes, { shape });
}

/** A classifier with that many Relus behind it, or additions of a constant. */
export function chained(count: number, op: 'Relu' | 'Add'): ModelProto {
  const name = (i: number) => (i === 0 ? 'raw' : i === count ? 'scores' : `chain${i}`);
  const nodes = Array.from({ length: count }, (_, i) =>
    makeNode(op, op === 'Add' ? [name(i), 'offset'] : [name(i)], [name(i + 1)]),
  );
  return behindClassifier(nodes, op === 'Add' ? { offset: floats([4], [1e-6, 2e-6, 0, 0]) } : {});
}

import { parse, relative, sep } from 'node:path';
import { create } from '@bufbuild/protobuf';
import {
  type GraphProto,
  type ModelProto,
  StringStringEntryProtoSchema,
  type TensorProto,
  TensorProto_DataLocation,
} from '../onnx/gen/onnx_pb.ts';
import { bodiesOf, shallow, withBodies } from '../onnx/graph.ts';
import { storedIn, type ValueFile } from '../onnx/stored-values.ts';

/** A model that says where its weights lie, so that ONNX Runtime maps their files instead of holding copies. */
export interface MappedModel {
  readonly bare: ModelProto;
  /** Where the paths in it start: ONNX Runtime follows no link that leads out of there, and takes no absolute path. */
  readonly folder: string;
  readonly files: readonly ValueFile[];
}

/** Undefined for a model that holds its weights. A weight on another drive than the first is read. */
export function mappedModel(model: ModelProto): MappedModel | undefined {
  const files = new Map<string, ValueFile>();
  let folder: string | undefined;
  const mapped = (tensor: TensorProto): TensorProto => {
    const values = storedIn(tensor, 'rawData');
    if (values === undefined) return tensor;
    const { file, offset, length } = values;
    const { root } = parse(file.path);
    folder ??= root;
    if (root !== folder) return tensor;
    files.set(file.path, file);
    const location = relative(root, file.path).replaceAll(sep, '/');
    return outside(tensor, { location, offset, length });
  };
  const bare = shallow(model, { graph: withInitializers(model.graph!, mapped) });
  return folder === undefined ? undefined : { bare, folder, files: [...files.values()] };
}

/** A tensor whose values lie elsewhere, in bytes [offset, offset + length) of what is known by a location. */
export function outside(
  tensor: TensorProto,
  extent: { readonly location: string; readonly offset: number; readonly length: number },
): TensorProto {
  return shallow(tensor, {
    rawData: new Uint8Array(),
    dataLocation: TensorProto_DataLocation.EXTERNAL,
    externalData: Object.entries(extent).map(([key, value]) =>
      create(StringStringEntryProtoSchema, { key, value: String(value) }),
    ),
  });
}

/** A graph with other initializers, in it and in the bodies of its nodes. */
function withInitializers(graph: GraphProto, change: (tensor: TensorProto) => TensorProto): GraphProto {
  const node = graph.node.map((each) =>
    bodiesOf(each).length === 0
      ? each
      : shallow(each, { attribute: withBodies(each.attribute, (body) => withInitializers(body, change)) }),
  );
  return shallow(graph, { node, initializer: graph.initializer.map(change) });
}

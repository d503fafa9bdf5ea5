import { fromFloat16 } from '../numerics/float16.ts';
import {
  type AttributeProto,
  TensorProto_DataType as DataType,
  type FunctionProto,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  type TypeProto,
} from './gen/onnx_pb.ts';
import { shallow } from './graph.ts';
import { rawKeptLike } from './kept-weights.ts';

const NARROW = new Set<number>([DataType.FLOAT16, DataType.BFLOAT16]);

/** Attributes that hold an element type. */
const TYPE_ATTRIBUTES = new Set(['to', 'dtype', 'output_dtype', 'softmax_precision']);

/**
 * The model with float16 and bfloat16 as float32 everywhere: weights, inputs, outputs, and what operators are told to
 * make. Its values are those of the file; only the rounding between operators goes, which belongs to the chip that
 * computes in such a type, and not to the FP32 that INT8 is measured against.
 */
export function inFloat32(model: ModelProto): ModelProto {
  return shallow(model, { graph: wideGraph(model.graph!), functions: model.functions.map(wideFunction) });
}

function wideGraph(graph: GraphProto): GraphProto {
  const typed = <T extends { type?: TypeProto }>(values: T[]) =>
    values.map((v) =>
      v.type === undefined
        ? v
        : Object.assign(Object.create(Object.getPrototypeOf(v)), v, { type: wideType(v.type) }),
    );
  return shallow(graph, {
    node: graph.node.map(wideNode),
    initializer: graph.initializer.map(wideTensor),
    input: typed(graph.input),
    output: typed(graph.output),
    valueInfo: typed(graph.valueInfo),
  });
}

function wideFunction(each: FunctionProto): FunctionProto {
  return shallow(each, {
    node: each.node.map(wideNode),
    attributeProto: each.attributeProto.map(wideAttribute),
  });
}

function wideNode(node: NodeProto): NodeProto {
  return shallow(node, { attribute: node.attribute.map(wideAttribute) });
}

function wideAttribute(attribute: AttributeProto): AttributeProto {
  if (TYPE_ATTRIBUTES.has(attribute.name) && NARROW.has(Number(attribute.i)))
    return shallow(attribute, { i: BigInt(DataType.FLOAT) });
  const { t, g, tensors, graphs, tp } = attribute;
  if (t === undefined && g === undefined && tp === undefined && tensors.length + graphs.length === 0)
    return attribute;
  return shallow(attribute, {
    t: t && wideTensor(t),
    g: g && wideGraph(g),
    tp: tp && wideType(tp),
    tensors: tensors.map(wideTensor),
    graphs: graphs.map(wideGraph),
  });
}

function wideType(type: TypeProto): TypeProto {
  const { value } = type;
  switch (value.case) {
    case 'tensorType': {
      if (!NARROW.has(value.value.elemType)) return type;
      return shallow(type, {
        value: { ...value, value: shallow(value.value, { elemType: DataType.FLOAT }) },
      });
    }
    case 'sequenceType':
    case 'optionalType': {
      const { elemType } = value.value;
      if (elemType === undefined) return type;
      const wide = shallow(value.value as { elemType?: TypeProto } & typeof value.value, {
        elemType: wideType(elemType),
      });
      return shallow(type, { value: { ...value, value: wide } as typeof value });
    }
    default:
      return type;
  }
}

/** Values of 16 bits lie in `raw_data`, or one by one in `int32_data`. */
function wideTensor(tensor: TensorProto): TensorProto {
  if (!NARROW.has(tensor.dataType)) return tensor;
  const { rawData, int32Data } = tensor;
  const bits =
    rawData.length > 0
      ? new Uint16Array(Uint8Array.from(rawData).buffer, 0, Math.floor(rawData.length / 2))
      : Uint16Array.from(int32Data);
  const values = tensor.dataType === DataType.FLOAT16 ? fromFloat16(bits) : fromBfloat16(bits);
  const wide = { rawData: new Uint8Array(values.buffer as ArrayBuffer), int32Data: [] };
  return rawKeptLike(tensor, shallow(tensor, { dataType: DataType.FLOAT, ...wide }));
}

/** The upper half of a float32. */
function fromBfloat16(bits: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(bits, (b) => b * 2 ** 16).buffer);
}

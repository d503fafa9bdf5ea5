import {
  TensorProto_DataType as DataType,
  type ModelProto,
  type NodeProto,
} from '../../src/onnx/gen/onnx_pb.ts';
import { intAttribute, viewGraph } from '../../src/onnx/graph.ts';
import { opsetOf } from '../../src/onnx/model.ts';
import { readTensor } from '../../src/onnx/tensors.ts';

/**
 * What onnx-tensorrt refuses or would not run with integers (`QuantDequantLinearHelper` in onnxOpImporters.cpp, and
 * NVIDIA's placement rules): one line for each violation.
 */
export function tensorrtComplaints(model: ModelProto, type = DataType.INT8): string[] {
  const view = viewGraph(model);
  const complaints: string[] = [];
  const say = (node: NodeProto, what: string): void => {
    complaints.push(`${node.opType} ${node.name}: ${what}`);
  };
  const constant = (name: string) => view.initializers.get(name);
  const producer = (name: string) => view.producers.get(name);
  const isQuantized = (name: string) => producer(name)?.opType === 'DequantizeLinear';
  if (opsetOf(model)! < 13) complaints.push(`opset ${opsetOf(model)}`);

  for (const node of view.graph.node) {
    if (node.domain !== '') say(node, `is of domain ${node.domain}`);
    const isPart = node.opType === 'QuantizeLinear' || node.opType === 'DequantizeLinear';
    if (isPart) checkPart(node);
    const operands = { Conv: 2, ConvTranspose: 2, Gemm: 2, MatMul: 2 }[node.opType];
    if (operands !== undefined) {
      for (const name of node.input.slice(0, 2))
        if (!isQuantized(name)) say(node, `reads "${name}" without Q/DQ`);
      const bias = node.input[2] ?? '';
      if (bias !== '' && constant(bias)?.dataType !== DataType.FLOAT)
        say(node, 'has a bias that is not float32');
      checkWeightAxis(node);
    }
    const isResidual = node.opType === 'Add' && node.input.every((name) => constant(name) === undefined);
    if (isResidual && !node.input.every(isQuantized)) say(node, 'adds a tensor without Q/DQ');
  }
  return complaints;

  function checkPart(node: NodeProto): void {
    const [data, scaleName, zeroName = ''] = node.input;
    const [scale, zero] = [constant(scaleName), constant(zeroName)];
    if (scale === undefined || zero === undefined) {
      say(node, 'has a scale or zero point that is missing or no constant');
      return;
    }
    if (zero.dataType !== type) say(node, `has zero points of type ${DataType[zero.dataType]}`);
    const scales = [...(readTensor(scale, '').data as Float32Array)];
    const zeros = type === DataType.INT8 ? [...(readTensor(zero, '').data as Int8Array)] : [...zero.rawData];
    if (scale.dataType !== DataType.FLOAT || !scales.every((s) => s > 0)) say(node, `has scales ${scales}`);
    if (!zeros.every((z) => z === 0)) say(node, `has zero points ${zeros}`);
    if (zeros.length !== scales.length) say(node, `has ${scales.length} scales, ${zeros.length} zero points`);
    const weight = constant(data);
    if (weight === undefined) {
      if (scales.length > 1) say(node, 'quantizes an activation per channel');
      const isPair = node.opType === 'QuantizeLinear' || producer(data)?.opType === 'QuantizeLinear';
      if (!isPair) say(node, 'dequantizes what nothing quantized');
    } else {
      if (weight.dataType !== type) say(node, `has weights of type ${DataType[weight.dataType]}`);
      const channels = Number(weight.dims[intAttribute(node, 'axis', 1)]);
      if (scales.length > 1 && channels !== scales.length)
        say(node, `has ${scales.length} scales, ${channels} channels`);
    }
  }

  function checkWeightAxis(node: NodeProto) {
    const dequantize = producer(node.input[1]);
    const weight = dequantize && constant(dequantize.input[0]);
    if (weight === undefined || constant(dequantize!.input[1])!.dims.length === 0) return;
    const expected = { Conv: 0, ConvTranspose: 1, Gemm: intAttribute(node, 'transB', 0) === 1 ? 0 : 1 }[
      node.opType
    ];
    const axis = intAttribute(dequantize!, 'axis', 1);
    if (axis !== (expected ?? weight.dims.length - 1)) say(node, `has weights quantized along axis ${axis}`);
  }
}

import { weightCodes } from '../numerics/channels.ts';
import { partsOf } from '../numerics/parts.ts';
import { CONTRIB, importContrib } from '../onnx/contrib.ts';
import { addConstant, draftFor, freshTensor, partOf, putNode } from '../onnx/draft.ts';
import type { ModelProto, NodeProto } from '../onnx/gen/onnx_pb.ts';
import { editableCopy, inDomain, makeNode } from '../onnx/graph.ts';
import { dropUnread } from '../onnx/prune.ts';
import type { WeightParameters } from '../quantization/parameters.ts';
import type { Quantized } from '../quantization/quantized.ts';

/** What MatMulNBits has of a weight [K, N]: of each of the N columns the blocks of K, one after the other. */
export interface PackedWeight {
  readonly K: number;
  readonly N: number;
  readonly blocks: number;
  /** [N, blocks, bytes of a block], the lower bits of a byte first. */
  readonly codes: Uint8Array;
  /** [N, blocks] */
  readonly scales: Float32Array;
  /** [N, bytes of the zero points of a column], packed as codes. */
  readonly zeroPoints: Uint8Array;
}

/**
 * The model with its matrix products of weights in blocks as com.microsoft.MatMulNBits (ContribOperators.md), of any opset.
 * Inputs, outputs and the user's names of tensors stay.
 */
export function nbitsModel(quantized: Quantized): ModelProto {
  const { model, plan, parameters } = quantized;
  const copy = editableCopy(model.model);
  const { graph } = copy.model;
  importContrib(copy.model);
  const draft = draftFor(model.opset, graph);
  const replaced = new Map<NodeProto, readonly NodeProto[]>();
  for (const layer of plan.layers) {
    const weight = parameters.weights.get(layer.name);
    if (weight?.blocks === undefined) continue;
    const node = copy.copyOf(layer.node);
    const { K, N, blocks, codes, scales, zeroPoints } = packedWeight(weight);
    const { bits } = weight.grid;
    const name = model.weightNames.get(layer.weight!.name) ?? layer.weight!.name;
    const block = codes.length / N / blocks;
    const constants = [
      addConstant(draft, `${name}/codes`, { type: 'uint8', dims: [N, blocks, block], data: codes }),
      addConstant(draft, `${name}/scales`, { type: 'float32', dims: [N, blocks], data: scales }),
      addConstant(draft, `${name}/zeros`, {
        type: 'uint8',
        dims: [N, zeroPoints.length / N],
        data: zeroPoints,
      }),
    ];
    const [input, , bias = ''] = node.input;
    const [output] = node.output;
    const product = bias === '' ? output : freshTensor(draft, `${output}/product`);
    const attributes = { K, N, bits, block_size: weight.blocks.size };
    const part = partOf(draft);
    const nbits = inDomain(CONTRIB, makeNode('MatMulNBits', [input, ...constants], [product], attributes));
    putNode(part, { ...nbits, name: node.name });
    if (bias !== '') putNode(part, makeNode('Add', [product, bias], [output]));
    replaced.set(node, part.nodes);
  }
  graph.node = graph.node.flatMap((node) => replaced.get(node) ?? [node]);
  graph.initializer.push(...draft.constants);
  dropUnread(graph);
  return copy.model;
}

/** The codes of a weight in blocks along what its products are summed over, as MatMulNBits reads them. */
export function packedWeight(weight: WeightParameters): PackedWeight {
  const { dims, axis, blocks, params, grid, data } = weight;
  const { perChannel, of } = partsOf(weight);
  const [K, N] = [dims[1 - axis!], dims[axis!]];
  const { size } = blocks!;
  const perByte = 8 / grid.bits;
  const bytes = size / perByte;
  // The values lie on the grid, so that any rounding finds their codes.
  const found = weightCodes(data, weight, params, { grid, rounding: 'half-to-even' });
  const codes = new Uint8Array(N * perChannel * bytes);
  found.forEach((code, i) => {
    const k = axis === 1 ? Math.floor(i / N) : i % K;
    const within = k % size;
    codes[of(i) * bytes + Math.floor(within / perByte)] |= code << ((within % perByte) * grid.bits);
  });
  const zeroBytes = Math.ceil(perChannel / perByte);
  const zeroPoints = new Uint8Array(N * zeroBytes);
  params.forEach(({ zeroPoint }, part) => {
    const [n, block] = [Math.floor(part / perChannel), part % perChannel];
    zeroPoints[n * zeroBytes + Math.floor(block / perByte)] |= zeroPoint << ((block % perByte) * grid.bits);
  });
  const scales = Float32Array.from(params, ({ scale }) => scale);
  return { K, N, blocks: perChannel, codes, scales, zeroPoints };
}

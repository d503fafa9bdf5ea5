import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npyBytes } from '../src/data/write-npy.ts';
import type { Tensor } from '../src/numerics/tensor.ts';
import type { NodeProto } from '../src/onnx/gen/onnx_pb.ts';
import { makeNode } from '../src/onnx/graph.ts';
import { serializeModel } from '../src/onnx/model.ts';
import { floats, makeModel, noise } from '../test/support/models.ts';
import type { Subject } from './subject.ts';

/** Channels of the stages, each of half the size of the one before; the last three have a head. */
const CHANNELS = [16, 24, 48, 96, 160];
const HEADS = 3;
/** Values of a place that a head looks at: a box, whether there is something, and 80 classes. */
const PLACE = 85;
/** Of what a block adds to what it reads: with more of it the values of a deep network leave FP16. */
const SHARE = 0.2;

/** What is generated. */
export interface Generated {
  readonly name: string;
  /** Convolutions and additions, about. */
  readonly units: number;
  /** Pixels of a side of its pictures, a multiple of 32. */
  readonly size: number;
  /** Samples that calibrate, and as many others that evaluate. */
  readonly samples: number;
}

/** A detector of random weights below a folder, with pictures of noise; judged by the cosine of its outputs. */
export function generatedSubject(root: string, given: Generated): Subject {
  const { name, size, samples } = given;
  const folder = join(root, name);
  mkdirSync(folder);
  writeFileSync(join(folder, 'model.onnx'), serializeModel(detector(given)));
  const count = 2 * samples;
  const dims = [count, 3, size, size];
  writeFileSync(
    join(folder, 'inputs.npy'),
    npyBytes({ type: 'uint8', dims, data: bytes(count * 3 * size * size) }),
  );
  return {
    name,
    folder,
    calibration: [0, samples],
    evaluation: [samples, count],
    model: {
      path: 'model.onnx',
      preprocess: { scale: 1 / 127.5, mean: [1], std: [1] },
      calibration: { inputs: 'inputs.npy' },
      evaluation: { inputs: 'inputs.npy', metric: 'cosine' },
      budget: { 'max-drop': 0.5 },
    },
  };
}

/** Bytes that are the same on every run. */
function bytes(count: number): Uint8Array {
  const data = new Uint8Array(count);
  let state = 1;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    data[i] = state >>> 24;
  }
  return data;
}

/** Depthwise and pointwise convolutions with a sum around them, as MobileNets are made, and heads of three sizes. */
function detector({ units, size }: Generated) {
  const nodes: NodeProto[] = [];
  const constants: Record<string, Tensor> = {};
  const add = (op: string, inputs: string[], attributes = {}) => {
    const output = `${op.toLowerCase()}${nodes.length}`;
    nodes.push(makeNode(op, inputs, [output], attributes));
    return output;
  };
  const conv = (
    from: string,
    dims: readonly [number, number, number],
    { stride = 1, group = 1, gain = 1 } = {},
  ) => {
    const [outputs, inputs, kernel] = dims;
    const fan = inputs * kernel * kernel;
    const weights = noise(outputs * fan, nodes.length + 1).map((x) => x * gain * Math.sqrt(6 / fan));
    const name = `w${nodes.length}`;
    constants[name] = floats([outputs, inputs, kernel, kernel], weights);
    const pads = Array(4).fill((kernel - 1) / 2);
    return add('Conv', [from, name], {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      pads,
      group,
    });
  };
  const relu = (from: string) => add('Relu', [from]);
  const depthwise = (from: string, channels: number, stride = 1) =>
    relu(conv(from, [channels, 1, 3], { stride, group: channels }));

  let x = relu(conv('image', [CHANNELS[0], 3, 3], { stride: 2 }));
  const blocks = Math.round((units - 1 - HEADS - 2 * (CHANNELS.length - 1)) / 3);
  const heads: string[] = [];
  for (const [stage, channels] of CHANNELS.entries()) {
    if (stage > 0) {
      const before = CHANNELS[stage - 1];
      x = relu(conv(depthwise(x, before, 2), [channels, before, 1]));
    }
    const until = Math.round((blocks * (stage + 1)) / CHANNELS.length);
    for (let block = Math.round((blocks * stage) / CHANNELS.length); block < until; block++)
      x = add('Add', [x, conv(depthwise(x, channels), [channels, channels, 1], { gain: SHARE })]);
    if (stage >= CHANNELS.length - HEADS) {
      constants.places = { type: 'int64', dims: [3], data: BigInt64Array.of(0n, BigInt(PLACE), -1n) };
      heads.push(add('Reshape', [conv(x, [PLACE, channels, 1]), 'places']));
    }
  }
  nodes.push(makeNode('Concat', heads, ['places_found'], { axis: 2 }));
  const places = heads.reduce((sum, _, i) => sum + (size / 2 ** (CHANNELS.length - i)) ** 2, 0);
  return makeModel({
    nodes,
    inputs: [{ name: 'image', dims: ['N', 3, size, size] }],
    outputs: [{ name: 'places_found', dims: ['N', PLACE, places] }],
    constants,
  });
}

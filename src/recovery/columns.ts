import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { SEED } from '../numerics/seed.ts';
import type { Tensor } from '../numerics/tensor.ts';
import { attributeOf, intAttribute, textAttribute } from '../onnx/graph.ts';
import type { Layer } from '../quantization/layer.ts';
import type { LinearForm } from './linear-form.ts';

/** What a layer multiplies at some places of its output, of one input tensor. */
export interface Columns {
  /** How many places its output has. */
  readonly positions: number;
  /** The values at chosen places, [groups, chosen, depth]. */
  at(chosen: readonly number[]): Float32Array;
}

/**
 * The columns that a layer multiplies with its rows: patches of what a convolution reads (im2col), rows of what a matrix
 * product reads.
 *
 * @param weightDims dimensions of the layer's weight
 * @param share of the rows of a batch that are samples, from the first on: the others repeat the last one and do not count
 */
export function columnsOf(
  layer: Layer,
  form: LinearForm,
  input: Tensor,
  weightDims: readonly number[],
  share: number,
): Columns {
  if (layer.op === 'Conv' || layer.op === 'ConvTranspose')
    return patches(layer, form, input, weightDims, share);
  const data = input.data as Float32Array;
  const { depth } = form;
  // What a weight on its left multiplies lies in columns, as does the transposed operand of a Gemm.
  const other = 1 - layer.weight!.input;
  const turned = layer.op === 'Gemm' && intAttribute(layer.node, other === 0 ? 'transA' : 'transB', 0) === 1;
  const alongRows = (other === 0) !== turned;
  // A vector is one column.
  const width = alongRows || input.dims.length < 2 ? 1 : input.dims.at(-1)!;
  return {
    positions: sharedOf(data.length / depth, share),
    at(chosen) {
      const values = new Float32Array(chosen.length * depth);
      chosen.forEach((position, i) => {
        if (alongRows) values.set(data.subarray(position * depth, (position + 1) * depth), i * depth);
        else {
          const start = Math.floor(position / width) * depth * width + (position % width);
          for (let d = 0; d < depth; d++) values[i * depth + d] = data[start + d * width];
        }
      });
      return values;
    },
  };
}

/**
 * Places spread over all of them, one drawn from each of as many equal parts: evenly spaced ones would keep to few
 * columns of an image. The same for the same numbers.
 */
export function spreadPlaces(positions: number, most: number): number[] {
  if (positions <= most) return Array.from({ length: positions }, (_, i) => i);
  const random = xoroshiro128plus(SEED);
  return Array.from({ length: most }, (_, i) => {
    const from = Math.floor((i * positions) / most);
    const end = Math.floor(((i + 1) * positions) / most);
    return uniformInt(random, from, Math.max(end - 1, from));
  });
}

function sharedOf(all: number, share: number): number {
  return Math.max(Math.round(all * share), Math.min(all, 1));
}

interface Window {
  readonly size: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  readonly input: number;
  readonly output: number;
}

function patches(
  { op, node }: Layer,
  { groups, depth }: LinearForm,
  { dims, data }: Tensor,
  weightDims: readonly number[],
  share: number,
): Columns {
  const [batch, channels, ...space] = dims;
  const kernel = weightDims.slice(2);
  const windows = windowsOf(node, op === 'ConvTranspose', kernel, space);
  const area = space.reduce((all, d) => all * d, 1);
  const outputs = windows.reduce((all, { output }) => all * output, 1);
  const taps = kernel.reduce((all, d) => all * d, 1);
  const perGroup = channels / groups;
  const source = sourceOf(windows, op === 'ConvTranspose');
  const values = data as Float32Array;
  return {
    positions: sharedOf(batch, share) * outputs,
    at(chosen) {
      const found = new Float32Array(groups * chosen.length * depth);
      const offsets = new Int32Array(taps);
      chosen.forEach((position, i) => {
        source(position % outputs, offsets);
        const start = Math.floor(position / outputs) * channels * area;
        for (let channel = 0; channel < channels; channel++) {
          const group = Math.floor(channel / perGroup);
          const into = (group * chosen.length + i) * depth + (channel % perGroup) * taps;
          const from = start + channel * area;
          for (let tap = 0; tap < taps; tap++)
            if (offsets[tap] >= 0) found[into + tap] = values[from + offsets[tap]];
        }
      });
      return found;
    },
  };
}

/** Fills in where in a channel each tap of the kernel reads for an output; −1 where it reads padding, or nothing. */
function sourceOf(windows: readonly Window[], isTransposed: boolean) {
  return (output: number, offsets: Int32Array) => {
    const at = new Array<number>(windows.length);
    for (let axis = windows.length - 1, rest = output; axis >= 0; axis--) {
      at[axis] = rest % windows[axis].output;
      rest = Math.floor(rest / windows[axis].output);
    }
    for (let tap = 0; tap < offsets.length; tap++) {
      let offset = 0;
      let stride = 1;
      for (let axis = windows.length - 1, rest = tap; axis >= 0 && offset >= 0; axis--) {
        const window = windows[axis];
        const read = readAt(at[axis], rest % window.size, window, isTransposed);
        rest = Math.floor(rest / window.size);
        offset = read < 0 || read >= window.input ? -1 : offset + read * stride;
        stride *= window.input;
      }
      offsets[tap] = offset;
    }
  };
}

function readAt(at: number, tap: number, window: Window, isTransposed: boolean): number {
  const { stride, dilation, before } = window;
  if (!isTransposed) return at * stride + tap * dilation - before;
  const spread = at + before - tap * dilation;
  return spread % stride === 0 ? spread / stride : -1;
}

/** As ONNX defines pads, `auto_pad`, `output_padding` and `output_shape` of Conv and ConvTranspose. */
function windowsOf(
  node: Layer['node'],
  isTransposed: boolean,
  kernel: readonly number[],
  space: readonly number[],
): Window[] {
  const numbers = (name: string) => attributeOf(node, name)?.ints.map(Number);
  const auto = textAttribute(node, 'auto_pad', 'NOTSET');
  const pads = numbers('pads');
  const [strides, dilations] = [numbers('strides'), numbers('dilations')];
  const [extra, wanted] = [numbers('output_padding'), numbers('output_shape')?.slice(-kernel.length)];
  return kernel.map((size, axis) => {
    const input = space[axis];
    const stride = strides?.[axis] ?? 1;
    const dilation = dilations?.[axis] ?? 1;
    const reach = (size - 1) * dilation + 1;
    const half = (all: number) => (auto === 'SAME_LOWER' ? Math.ceil(all / 2) : Math.floor(all / 2));
    const explicit = auto === 'NOTSET' ? [pads?.[axis] ?? 0, pads?.[axis + kernel.length] ?? 0] : [0, 0];
    const window = { size, stride, dilation, input };
    if (isTransposed) {
      const full = (input - 1) * stride + (extra?.[axis] ?? 0) + reach;
      const isChosen = wanted !== undefined || auto.startsWith('SAME');
      if (!isChosen) return { ...window, before: explicit[0], output: full - explicit[0] - explicit[1] };
      // ONNX Runtime makes no places that no tap reaches.
      const output = wanted?.[axis] ?? Math.min(input * stride, full);
      const all = Math.max(full - output, 0);
      // Of an odd number, ONNX puts the greater half at the end for SAME_UPPER alone.
      const before = auto === 'SAME_UPPER' ? Math.floor(all / 2) : Math.ceil(all / 2);
      return { ...window, before, output };
    }
    if (auto.startsWith('SAME')) {
      const output = Math.ceil(input / stride);
      return { ...window, before: half(Math.max((output - 1) * stride + reach - input, 0)), output };
    }
    return {
      ...window,
      before: explicit[0],
      output: Math.floor((input + explicit[0] + explicit[1] - reach) / stride) + 1,
    };
  });
}

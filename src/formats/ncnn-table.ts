import { UserError } from '../errors.ts';
import { symmetricGrid } from '../numerics/grid.ts';
import { expressible } from './expressible.ts';
import type { LayerParameters, LeftOut, ParameterFormat, TensorParameters } from './parameter-set.ts';
import { checkedStep } from './scale.ts';

const BITS = 8;
/** `ncnn2int8` reads a key into 256 bytes. */
const MAX_KEY_BYTES = 255;
const MAX_LINES = 1_000_000;

const number = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i;
/** A key and a number, behind lines that are commented out. */
const beginning = /^(?:#[^\n]*\n)*[^\s#]\S* +[-+\d.][-+\d.e]*\s/i;
/** Any text may begin with a word and a number; only a table has lines of weights. */
const weightLine = /^#?\S+_param_\d+ /m;
const MAX_BEGINNING = 65_536;

/**
 * ncnn's calibration table: `<layer>_param_0` with an inverse step 127 / absmax for each channel of the weight, then
 * `<layer>` with the one of its input. `ncnn2table` prints six decimals; here they have the digits of a float64, so
 * that the step is found again. Source: `read_int8scale_table` in ncnn's tools/quantize/ncnn2int8.cpp.
 */
export const ncnnTable: ParameterFormat = {
  file: 'ncnn.table',
  title: 'ncnn calibration table',

  write(set) {
    const { layers, left } = expressible(set, whyNot);
    const line = (key: string, { scales }: TensorParameters) =>
      `${[key, ...scales.map((step) => 1 / step)].join(' ')}\n`;
    const weights = layers.map((layer) => line(`${keyOf(layer)}_param_0`, layer.weight!));
    const inputs = layers.map((layer) => line(keyOf(layer), layer.inputs[0]));
    return { text: [...weights, ...inputs].join(''), left };
  },

  recognizes(text) {
    const head = `${text.slice(0, MAX_BEGINNING)}\n`;
    return beginning.test(head) && weightLine.test(head);
  },

  read(text, where) {
    const lines = text.split(/\r?\n/, MAX_LINES + 1);
    if (lines.length > MAX_LINES) {
      throw new UserError(`${where} has more than ${MAX_LINES} lines: give a smaller file`);
    }
    const end = lines.findIndex((line) => line.trim() === '');
    const read = lines.slice(0, end < 0 ? undefined : end);
    const tensors: TensorParameters[] = [];
    const left: LeftOut[] = [];
    read.forEach((line, index) => {
      const [key, ...values] = line.trim().split(/ +/);
      const at = `${where}:${index + 1}`;
      if (key.startsWith('#')) left.push({ name: key.slice(1), why: 'it is commented out' });
      else tensors.push(tensorOf(key, values, at));
    });
    for (const line of lines.slice(read.length).filter((each) => each.trim() !== '')) {
      const [name] = line.trim().split(' ', 1);
      left.push({ name, why: `ncnn2int8 stops reading at the empty line ${read.length + 1}` });
    }
    return { tensors, left };
  },
};

/** onnx2ncnn names a layer after its node, or after its first output. */
function keyOf({ name, output, isUnnamed }: LayerParameters): string {
  return isUnnamed ? output : name;
}

/** What `ncnn2int8` does not find, misreads, or does not quantize by the table. */
function whyNot(layer: LayerParameters): string | undefined {
  const { op, groups, depthwise, inputs, weight } = layer;
  const name = keyOf(layer);
  if (weight === undefined) return 'a table has no lines for products of two activations';
  if (op === 'ConvTranspose') return 'ncnn computes deconvolutions in float';
  if (groups > 1 && !depthwise && weight.axis !== null) {
    return 'ncnn keeps one scale a group: set weights: per-tensor';
  }
  if (/[\s\p{Cc}]/u.test(name)) return 'a key of a table ends at a space or control character';
  if (name.includes('_param_')) return 'ncnn takes a name with "_param_" for the weight of another layer';
  if (name.startsWith('#')) return 'a line that begins with "#" counts as a comment';
  if (Buffer.byteLength(`${name}_param_0`) > MAX_KEY_BYTES) {
    return `ncnn cuts keys off behind ${MAX_KEY_BYTES} bytes`;
  }
  const other = [...inputs, weight].find((t) => t.bits !== BITS || !t.symmetric);
  return other && `ncnn computes with symmetric int8, and "${other.name}" is on another grid`;
}

function tensorOf(key: string, values: readonly string[], at: string): TensorParameters {
  if (values.length === 0) throw new UserError(`${at}: "${key}" has no scales: give at least one number`);
  const weight = key.match(/^(.+)_param_(\d+)$/);
  // The further weights of an attention or recurrent layer keep their number, so that names tell them apart.
  const name = weight !== null && weight[2] === '0' ? weight[1] : key;
  const scales = values.map((value) => stepOf(value, key, at));
  const { bits, qmin, qmax, symmetric } = symmetricGrid(BITS, { restricted: true });
  const axis = weight !== null && scales.length > 1 ? 0 : null;
  return {
    name,
    kind: weight === null ? 'activation' : 'weight',
    bits,
    symmetric,
    qmin,
    qmax,
    axis,
    scales,
    zeroPoints: scales.map(() => 0),
  };
}

/** The step of channels that are all zeros, for which tables have 0 (older tools), or 127 / 0 = inf. */
const DEAD_STEP = 1;

function stepOf(value: string, key: string, at: string): number {
  if (/^inf(?:inity)?$/i.test(value) || Number(value) === 0) return DEAD_STEP;
  if (!number.test(value)) {
    throw new UserError(`${at}: "${value}" in the line of "${key}" is not a number: make the table again`);
  }
  return checkedStep(1 / Number(value), at);
}

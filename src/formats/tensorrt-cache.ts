import { quote, UserError } from '../errors.ts';
import type { ParameterFormat, ReadParameters, TensorParameters } from './parameter-set.ts';

/** TensorRT 10.3.0 of JetPack 6.1 and 6.2 (major·10000 + minor·100 + patch): the newest on Jetson known to take a cache. */
const VERSION = 100300;

/** `TRT-8601-EntropyCalibration2`; other calibrators, such as MinMaxCalibration, write the same lines below it. */
const HEADER = /^TRT-\d+-\w+\r?(?:\n|$)/;

/** The scale is what follows the last ": ", as in trtexec: names may hold colons. */
const ENTRY = /^(.+): ([0-9a-f]{8})$/is;

/**
 * The calibration cache of TensorRT up to 10.x: a header, then `name: hex` for each activation, hex being the bits of
 * the float32 scale, most significant digit first (readScalesFromCalibrationCache in samples/common/sampleEngines.cpp
 * of v8.6.1). It has no weights, because TensorRT computes theirs from the model: they are not listed as left out.
 */
export const calibrationCache: ParameterFormat = {
  file: 'calibration.cache',
  title: 'TensorRT calibration cache',
  write({ activations }) {
    const left = activations.flatMap((t) => {
      const why = obstacle(t);
      return why === undefined ? [] : [{ name: t.name, why }];
    });
    const lines = activations
      .filter((t) => obstacle(t) === undefined)
      .map((t) => `${t.name}: ${hexOf(t.scales[0])}\n`);
    return { text: `TRT-${VERSION}-EntropyCalibration2\n${lines.join('')}`, left };
  },
  recognizes: (text) => HEADER.test(text),
  read(text, where) {
    const [, ...lines] = text.replace(/\r?\n$/, '').split(/\r?\n/);
    const tensors = lines.map((line, i) => parseLine(line, `${where} line ${i + 2}`));
    const seen = new Set<string>();
    tensors.forEach(({ name }, i) => {
      if (seen.has(name)) {
        throw new UserError(
          `${where} line ${i + 2}: ${quote(name)} has a scale already: remove one of the two`,
        );
      }
      seen.add(name);
    });
    return { tensors, left: [] };
  },
};

/** Why the cache cannot hold a tensor; undefined if it can. */
function obstacle(t: TensorParameters): string | undefined {
  if (t.bits !== 8 || !t.symmetric || t.qmin !== -128 || t.axis !== null) {
    return 'a calibration cache holds symmetric int8 with one scale per tensor only';
  }
  if (t.name === '' || /[\0\r\n]/.test(t.name) || !t.name.isWellFormed()) {
    return 'a name of a calibration cache is text on one line: rename the tensor in the model';
  }
  return undefined;
}

function parseLine(line: string, where: string): ReadParameters {
  const [, name, hex] = ENTRY.exec(line) ?? [];
  if (name === undefined) {
    throw new UserError(
      `${where}: ${quote(line)} is not a name, ": " and 8 hexadecimal digits: write the cache again`,
    );
  }
  const scale = Buffer.from(hex, 'hex').readFloatBE();
  if (!(scale > 0 && scale < Infinity)) {
    throw new UserError(
      `${where}: ${hex} is the scale ${scale} of ${quote(name)}, TensorRT takes positive ones: calibrate it again`,
    );
  }
  return {
    name,
    kind: 'activation',
    bits: 8,
    symmetric: true,
    qmin: -128,
    qmax: 127,
    axis: null,
    scales: [scale],
    zeroPoints: [0],
  };
}

function hexOf(scale: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatBE(scale);
  return bytes.toString('hex');
}

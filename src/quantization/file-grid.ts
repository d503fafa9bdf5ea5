import { type Grid, gridParams, type QuantParams } from '../numerics/grid.ts';
import type { FileQuantizer } from '../onnx/file-quantizer.ts';

/** The grid that a file gives to a tensor. */
export function gridOfFile({ bits, qmin, qmax, zeroPoints }: FileQuantizer): Grid {
  return { bits, qmin, qmax, symmetric: qmin < 0 && zeroPoints.every((z) => z === 0) };
}

/** Scale and zero point of each channel that a file gives to a tensor, or a single one. */
export function paramsOfFile(quantizer: FileQuantizer): QuantParams[] {
  const grid = gridOfFile(quantizer);
  return quantizer.scales.map((scale, i) => gridParams(scale, quantizer.zeroPoints[i], grid));
}

import { allFinite } from '../data/convert.ts';
import { UserError } from '../errors.ts';
import { channelRanges } from '../numerics/channels.ts';
import type { Grid, Range } from '../numerics/grid.ts';
import { createHistogram, type Histogram, merge } from '../numerics/histogram.ts';
import { type RangeMethodName, rangeMethods } from '../numerics/ranges/index.ts';
import type { FileQuantizer } from '../onnx/file-quantizer.ts';
import type { TensorProto } from '../onnx/gen/onnx_pb.ts';
import { readTensor } from '../onnx/tensors.ts';
import type { LoadedModel } from '../runtime/load-model.ts';
import { intersection, withinBounds } from './bounds.ts';
import { gridOfFile, paramsOfFile } from './file-grid.ts';
import { methodRange } from './method-range.ts';
import { type ActivationParameters, onGrid } from './on-grid.ts';
import type { Planned } from './planned.ts';
import { activationBits } from './precision.ts';
import { rangeMethodOf } from './scheme.ts';
import { isFixed, ofSharedGrid, type SharedGrid } from './shared-grids.ts';

/**
 * Chooses the grids of the activations of a plan: the pin, what the target fixes, or the scheme's method over the
 * histogram; a constant that an operator takes like an activation keeps its whole range, as every toolchain does. Tensors
 * that share a grid have one range, over all that was seen of them.
 *
 * @param pins ranges that the user fixed, by tensor name
 */
export function activationParameters(
  planned: Planned,
  histograms: ReadonlyMap<string, Histogram>,
  pins: ReadonlyMap<string, Range>,
): Map<string, ActivationParameters> {
  const { model, plan, scheme } = planned;
  const method = rangeMethodOf(scheme);
  const ranges = new Map<SharedGrid, Range | undefined>();
  const sharedRange = (shared: SharedGrid, grid: Grid) => {
    if (!ranges.has(shared)) ranges.set(shared, rangeOfShared(shared, histograms, method, grid));
    return ranges.get(shared);
  };
  const chosen = (name: string): ActivationParameters => {
    const constant = model.view.initializers.get(name);
    const quantizer = quantizerInFile(model, name);
    const grid = quantizer === undefined ? activationGrid(planned, name) : gridOfFile(quantizer);
    const pin = ofSharedGrid(pins, name, plan);
    if (pin !== undefined) return onGrid(pin, grid);
    if (quantizer !== undefined && (method === 'file' || constant !== undefined))
      return { ...paramsOfFile(quantizer)[0], grid };
    const shared = plan.grids.get(name);
    const range = shared && sharedRange(shared, grid);
    if (range !== undefined) return onGrid(range, grid);
    const histogram = histograms.get(name);
    if (constant === undefined) {
      const free = methodRange(method as RangeMethodName, histogram!, grid);
      return onGrid(withinBounds(free, model.view.producers.get(name), model.view), grid);
    }
    return onGrid(histogram === undefined ? wholeRange(constant, model.where) : seenRange(histogram), grid);
  };
  return new Map([...plan.activations.keys()].map((name) => [name, chosen(name)]));
}

/** The grid of an activation: as wide as any that is on it asks. */
function activationGrid(planned: Planned, name: string): Grid {
  const { plan, scheme } = planned;
  const { activations, placement } = scheme.target;
  const shared = plan.grids.get(name);
  const bits = Math.max(...(shared?.tensors ?? [name]).map((each) => activationBits(planned, each)));
  const rules = placement.kind === 'every-activation' ? placement.rules : undefined;
  return shared?.symmetric && rules !== undefined ? rules.symmetric(bits) : activations.grid(bits);
}

/** Undefined where nothing was seen of the tensors: they are constants. */
function rangeOfShared(
  shared: SharedGrid,
  histograms: ReadonlyMap<string, Histogram>,
  method: RangeMethodName | 'file',
  grid: Grid,
): Range | undefined {
  const { tensors, bounds } = shared;
  if (isFixed(shared)) return bounds;
  const seen = tensors.flatMap((name) => histograms.get(name) ?? []);
  if (seen.length === 0) return undefined;
  const all = createHistogram();
  for (const histogram of seen) merge(all, histogram);
  return intersection(rangeMethods[method as RangeMethodName].range(all, grid), bounds);
}

function quantizerInFile({ file }: LoadedModel, name: string): FileQuantizer | undefined {
  return file?.activations.get(name)?.quantizer ?? file?.weights.get(name);
}

function seenRange({ min, max }: Histogram): Range {
  return { alpha: min, beta: max };
}

function wholeRange(constant: TensorProto, where: string): Range {
  const tensor = readTensor(constant, where);
  if (!allFinite(tensor))
    throw new UserError(`${where}: constant "${constant.name}" holds NaN or an infinity: repair the model`);
  return channelRanges(tensor.data as Float32Array, tensor.dims, null)[0];
}

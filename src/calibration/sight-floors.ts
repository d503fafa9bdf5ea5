import { createHistogram, floored, type Histogram, observe } from '../numerics/histogram.ts';
import { isMoving } from '../onnx/moving.ts';
import { dataTypeOf, readTensor } from '../onnx/tensors.ts';
import { type Addition, DEEPEST, type Sight } from '../quantization/sight.ts';
import type { LoadedModel } from '../runtime/load-model.ts';

/**
 * The histograms with what is added to a score no deeper than the Softmax behind it sees: below the end of the sum's
 * sight less the greatest value that it is added to. Constants that are added so have a histogram as well.
 *
 * @param histograms of scores as far as they are seen
 */
export function withSightFloors(
  model: LoadedModel,
  { scores, addends }: Sight,
  histograms: ReadonlyMap<string, Histogram>,
): Map<string, Histogram> {
  const ofTensor = (name: string): Histogram | undefined =>
    histograms.get(name) ?? ofConstant(model, name) ?? ofMoved(model, name, ofTensor);
  const floors = new Map<string, number>();
  const floorOf = (name: string): number => {
    const known = floors.get(name);
    if (known !== undefined) return known;
    const floor = Math.min(...(addends.get(name) ?? []).map(floorAt));
    floors.set(name, floor);
    return floor;
  };
  const floorAt = ({ sum, other }: Addition): number => {
    const least = scores.has(sum) ? histograms.get(sum)?.min : floorOf(sum);
    const greatest = ofTensor(other)?.max;
    return least === undefined || greatest === undefined ? -Infinity : least - greatest;
  };
  const result = new Map(histograms);
  for (const name of addends.keys()) {
    const histogram = histograms.get(name) ?? ofConstant(model, name);
    if (histogram !== undefined) result.set(name, floored(histogram, floorOf(name)));
  }
  return result;
}

/** A constant of −∞, or of the least float32, is a mask: it counts as one that is no deeper than any sight. */
function ofConstant({ view, where }: LoadedModel, name: string): Histogram | undefined {
  const constant = view.initializers.get(name);
  if (constant?.dataType !== dataTypeOf('float32')) return undefined;
  const values = (readTensor(constant, where).data as Float32Array).map((value) => Math.max(value, DEEPEST));
  const histogram = createHistogram();
  const [least, greatest] = values.reduce(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Infinity, -Infinity],
  );
  return observe(histogram, values, least, greatest) ? histogram : undefined;
}

/** Of what an operator without arithmetic moves. */
function ofMoved(
  { view }: LoadedModel,
  name: string,
  ofTensor: (name: string) => Histogram | undefined,
): Histogram | undefined {
  const producer = view.producers.get(name);
  return producer !== undefined && isMoving(producer) ? ofTensor(producer.input[0]) : undefined;
}

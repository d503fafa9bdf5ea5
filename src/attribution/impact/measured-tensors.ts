import { isFloat } from '../../data/convert.ts';
import type { LoadedModel } from '../../runtime/load-model.ts';

/**
 * The tensors at which the end of a model is measured: the outputs that the metric reads or, where none of them is of
 * floating point, the last tensors before them that are. A class id says little: one that did not change hides all noise
 * before it.
 *
 * @param outputs names of the outputs that the metric reads
 */
export function measuredTensors(model: LoadedModel, outputs: readonly string[]): readonly string[] {
  const instead = measuredInstead(model, outputs);
  return instead.length > 0 ? instead : outputs;
}

/** The names of all outputs, which a metric may read that names none. */
export function allOutputs({ outputs }: LoadedModel): readonly string[] {
  return outputs.map(({ name }) => name);
}

/** The tensors that are measured in place of outputs: none where one is of floating point, or no tensor before them. */
export function measuredInstead({ view, tensors }: LoadedModel, outputs: readonly string[]): string[] {
  const isMeasurable = (name: string) => {
    const port = tensors.get(name);
    return port !== undefined && isFloat(port.type);
  };
  if (outputs.some(isMeasurable)) return [];
  const { producers } = view;
  const found = new Set<string>();
  const waiting = [...outputs];
  const seen = new Set<string>();
  while (waiting.length > 0) {
    const name = waiting.pop()!;
    const producer = producers.get(name);
    if (producer === undefined || seen.has(name)) continue;
    seen.add(name);
    if (isMeasurable(name)) found.add(name);
    else waiting.push(...producer.input.toReversed());
  }
  return [...found];
}

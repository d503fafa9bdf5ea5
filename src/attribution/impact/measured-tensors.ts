import { isFloat } from '../../data/convert.ts';
import type { LoadedModel } from '../../runtime/load-model.ts';

/**
 * The tensors at which the end of a model is measured: its outputs or, where none is of floating point, the last tensors
 * before them that are. A class id says little: one that did not change hides all noise before it.
 */
export function measuredTensors(model: LoadedModel): string[] {
  const instead = measuredInstead(model);
  return instead.length > 0 ? instead : model.outputs.map((port) => port.name);
}

/** The tensors that are measured in place of the outputs: none where an output is of floating point, or no tensor before it. */
export function measuredInstead({ view, outputs, tensors }: LoadedModel): string[] {
  if (outputs.some((port) => isFloat(port.type))) return [];
  const { producers } = view;
  const found = new Set<string>();
  const waiting = outputs.map((port) => port.name);
  const seen = new Set<string>();
  while (waiting.length > 0) {
    const name = waiting.pop()!;
    const producer = producers.get(name);
    if (producer === undefined || seen.has(name)) continue;
    seen.add(name);
    const port = tensors.get(name);
    if (port !== undefined && isFloat(port.type)) found.add(name);
    else waiting.push(...producer.input.toReversed());
  }
  return [...found];
}

import { isMoving } from '../onnx/moving.ts';
import { dataTypeOf, readTensor } from '../onnx/tensors.ts';
import type { LoadedModel } from '../runtime/load-model.ts';
import type { Sight } from './sight.ts';

/** A constant that masks scores. */
export interface MaskConstant {
  /** Under the user's name. */
  readonly name: string;
  /** Its least value. */
  readonly value: number;
  /** The scores that it is out of sight of, under the user's names. */
  readonly scores: readonly string[];
}

/** Operators that make masks of constants. */
const MAKING = new Set(['Mul', 'Add', 'Sub', 'Where']);

/** A constant of less is meant as minus infinity. */
const MASKING = -1000;

/** The constants that scores, and what is added to them, are masked with, in the order of the graph. */
export function maskConstants(model: LoadedModel, { scores }: Sight): MaskConstant[] {
  const found = new Map<string, { value: number; scores: string[] }>();
  for (const score of scores.keys()) {
    for (const [name, value] of constantsBehind(model, score)) {
      const known = found.get(name);
      if (known === undefined) found.set(name, { value, scores: [score] });
      else known.scores.push(score);
    }
  }
  return [...found].map(([name, each]) => ({ name: model.weightNames.get(name) ?? name, ...each }));
}

function constantsBehind({ view, where }: LoadedModel, tensor: string): Map<string, number> {
  const found = new Map<string, number>();
  const waiting = [tensor];
  const seen = new Set(waiting);
  for (const name of waiting) {
    const constant = view.initializers.get(name);
    if (constant?.dataType === dataTypeOf('float32')) {
      const values = readTensor(constant, where).data as Float32Array;
      const least = values.reduce((low, value) => Math.min(low, value), Infinity);
      if (least < MASKING) found.set(name, least);
    }
    const producer = view.producers.get(name);
    if (producer === undefined || !(MAKING.has(producer.opType) || isMoving(producer))) continue;
    for (const input of producer.input.filter((each) => !seen.has(each))) {
      seen.add(input);
      waiting.push(input);
    }
  }
  return found;
}

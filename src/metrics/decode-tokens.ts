import { isFloat, numbersOf } from '../data/convert.ts';
import { UserError } from '../errors.ts';
import { argmaxOf } from './argmax.ts';
import { firstOutput } from './first-output.ts';
import type { Outputs } from './metric.ts';
import type { TextOptions } from './text-options.ts';

/**
 * The ids that the first output says: greedy decoding of scores [1, T, C], the lowest id among equal ones, or ids as they
 * are. CTC takes repeated ids together and leaves blanks out (A. Graves et al., ICML 2006, 369-376, best path decoding).
 *
 * @throws UserError for an output that is neither
 */
export function decodeTokens(outputs: Outputs, options: TextOptions): number[] {
  const [first] = Object.values(outputs);
  const isIds = first !== undefined && !isFloat(first.type);
  const path = isIds ? Array.from(numbersOf(first)) : bestPath(outputs);
  const { decode = isIds ? 'plain' : 'ctc', blank } = options;
  const ids =
    decode === 'ctc' ? path.filter((each, i) => each !== blank && (i === 0 || each !== path[i - 1])) : path;
  return endedTokens(ids, options);
}

/** Ids without what ends or pads them: negative ones are padding, as -100 of Hugging Face. */
export function endedTokens(ids: readonly number[], { end, skip }: TextOptions): number[] {
  const last = end === undefined ? -1 : ids.indexOf(end);
  return (last < 0 ? ids : ids.slice(0, last)).filter((each) => each >= 0 && !skip.includes(each));
}

function bestPath(outputs: Outputs): number[] {
  const { name, dims, values } = firstOutput(outputs);
  const [batch, steps, classes] = dims;
  if (dims.length !== 3 || batch !== 1 || !classes || steps === undefined)
    throw new UserError(
      `output "${name}" is [${dims.join(', ')}]: text needs scores [1, T, C], or integer ids; name another with metric.output`,
    );
  return Array.from({ length: steps }, (_, t) => argmaxOf(values, t * classes, classes));
}

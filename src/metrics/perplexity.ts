import { z } from 'zod';
import { UserError } from '../errors.ts';
import { firstOutput } from './first-output.ts';
import { logSumExp } from './log-sum-exp.ts';
import type { Metric } from './metric.ts';
import { tensorLabel } from './tensor-label.ts';

/** The label of a token that does not count, as in PyTorch and Hugging Face. */
const IGNORED = -100;

/** Sum of negative log-likelihoods (nats) and number of tokens of one sample. */
const scoreSchema = z.tuple([z.number(), z.number()]);

/**
 * exp of the mean negative log-likelihood per token. Logits [1, T, V]; the label is a tensor of T token ids,
 * each the token that the logits at its position predict (already shifted); -100 is ignored.
 */
export const perplexity: Metric = {
  name: 'perplexity',
  unit: 'value',
  higherIsBetter: false,
  labels: 'tensor',
  reference: false,
  decomposable: false,
  score(outputs, label) {
    const { name, dims, values } = firstOutput(outputs);
    const [batch, tokens, vocabulary] = dims;
    if (dims.length !== 3 || batch !== 1 || tokens === undefined || vocabulary === undefined) {
      throw new UserError(`output "${name}" is [${dims.join(', ')}]: perplexity needs logits [1, T, V]`);
    }
    const ids = tensorLabel(label, tokens).values;
    let nll = 0;
    let counted = 0;
    for (let t = 0; t < tokens; t++) {
      const id = Number(ids[t]);
      if (id === IGNORED) continue;
      if (!Number.isInteger(id) || id < 0 || id >= vocabulary) {
        throw new UserError(
          `label ${id} of token ${t} is outside the vocabulary of ${vocabulary}: correct evaluation.labels, or the model's tokenizer is another`,
        );
      }
      nll += logSumExp(values, t * vocabulary, vocabulary) - values[t * vocabulary + id];
      counted++;
    }
    return [nll, counted];
  },
  aggregate(scores) {
    let nll = 0;
    let tokens = 0;
    for (const score of scores) {
      const parsed = scoreSchema.safeParse(score);
      if (!parsed.success)
        throw new UserError('a perplexity score is not [nll, tokens]: make the baseline again');
      nll += parsed.data[0];
      tokens += parsed.data[1];
    }
    return Math.exp(nll / tokens);
  },
};

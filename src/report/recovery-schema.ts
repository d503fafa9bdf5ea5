import { z } from 'zod';
import { range } from '../config/target-schema.ts';
import { ranges, recipe, reportedLayers, weights } from './scheme-schema.ts';

const text = (longest: number) => z.string().max(longest);
const finite = z.number();
const count = z.int().min(0);
const share = z.number().min(0).max(1);
const file = text(1024).regex(/^(?!\/|[A-Za-z]:|(?:[\s\S]*\/)?\.\.(?:\/|$))[^\\\p{Cc}]+$/u);

const kind = z.enum(['ranges', 'granularity', 'recipe', 'precision']);
const verdict = z.enum(['pass', 'fail', 'inconclusive']);

const stopped = z
  .strictObject({ at: count.min(1), of: count.min(1) })
  .optional()
  .describe(
    'It surely missed a budget before all samples were evaluated: of how many its figures are, and how many there are.',
  );

/** In the words of `quantgate.yml`, but for the keys of a layer. */
const changes = z.strictObject({
  weights: weights.optional(),
  range: range.optional(),
  recipe: recipe.optional(),
  layers: reportedLayers.optional(),
  ranges: ranges.optional(),
});

const plan = z.strictObject({
  kind,
  standing: z
    .enum(['keeps', 'undecided', 'misses'])
    .describe(
      'All budgets kept; within the budget, but too few samples to be sure; the best that was found.',
    ),
  changes: changes.describe('What the target has to say in the configuration.'),
  measured: z.strictObject({
    quantized: finite,
    drop: finite,
    interval: z.tuple([finite, finite]),
    confidence: z.number().gt(0).lt(1).describe('Two-sided level, stricter by how much was tried.'),
    verdict,
    samplesToDecide: finite.nullable(),
    stopped,
  }),
  reasons: z.array(text(2000)).max(50),
  cost: z
    .strictObject({
      layers: count,
      unitShare: share,
      multiplicationShare: share,
      weightBytes: z.int(),
    })
    .optional()
    .describe('Of layers in higher precision.'),
  files: z.array(file).max(1000).describe('The repaired model and its parameters.'),
});

const attempt = z.strictObject({
  kind,
  weights: weights.optional(),
  range: range.optional(),
  recipe: recipe.optional(),
  layers: count.optional().describe('How many have a precision of their own.'),
  ranges: count.optional().describe('How many are pinned.'),
  outputNsr: finite.min(0).optional().describe('NSR of the outputs of calibration samples kept apart.'),
  measured: z
    .strictObject({ quantized: finite, drop: finite, verdict, stopped })
    .optional()
    .describe('On the evaluation samples, of the best few.'),
});

/** `recovery` of a target in report.json. */
export const recovery = z
  .strictObject({
    plan: plan
      .nullable()
      .describe('The smallest change that keeps the budgets, or the best; null if none helps.'),
    attempts: z.array(attempt).max(200).describe('All that was tried, in that order.'),
    curve: z
      .array(z.strictObject({ layers: count, quantized: finite, drop: finite, stopped }))
      .max(100)
      .optional()
      .describe('What is lost with so many layers in higher precision.'),
    isCut: z.literal(true).optional().describe('Time ended before all was tried.'),
    problem: text(300).optional().describe('Why it could not be tried.'),
  })
  .describe('What repairs a target that does not pass, measured.');

import { z } from 'zod';
import { snapshot } from '../history/snapshot.ts';
import type { Score } from '../metrics/metric.ts';
import { FLOAT_BITS } from '../numerics/grid.ts';
import { sha256Hex } from '../sha256.ts';
import { verifiedTarget } from '../verification/verification-schema.ts';

const score: z.ZodType<Score> = z.json();

/** INT8 of a model on one target, as the base branch has it. */
export const storedTarget = z.strictObject({
  target: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/),
  /** How it was quantized. */
  scheme: z.strictObject({
    weights: z.enum(['per-channel', 'per-tensor']),
    weightBits: z.int().min(2).max(16),
    activationBits: z.int().min(2).max(FLOAT_BITS),
    range: z.string().max(64),
  }),
  /** Of the ranges that the configuration pinned, its recipe, and the layers with a precision of their own. */
  rangesSha256: sha256Hex,
  /** The file that was quantized, which is not FP32's where that was named in `reference`. */
  modelSha256: sha256Hex,
  value: z.number(),
  scores: z.array(score).min(1).max(10_000_000),
  /** How much worse than FP32, in the metric's unit. */
  drop: z.number(),
  interval: z.tuple([z.number(), z.number()]),
  /** The layer that cost the most, where it is known. */
  worstLayer: z.string().max(1024).nullable(),
  maxBitsLost: z.number().nullable(),
  /** Left out in baselines that were made before it was kept. */
  snapshot: snapshot.optional(),
  /** What the vendor's library, or a device, made of the same files. */
  verified: verifiedTarget.optional(),
});

export type StoredTarget = Readonly<z.output<typeof storedTarget>>;

/** A target whose INT8 is looked for in a baseline. */
export interface WantedTarget {
  readonly target: string;
  readonly scheme: StoredTarget['scheme'];
  /** Version of quantgate that compares. */
  readonly tool: string;
}

/** INT8 of a target in a baseline, or why it holds none to compare with. */
export function storedInt8(
  { targets, tool }: { readonly targets: readonly StoredTarget[]; readonly tool: string },
  wanted: WantedTarget,
): StoredTarget | { readonly missing: string } {
  const found = targets.find(({ target }) => target === wanted.target);
  if (found === undefined) return { missing: 'the baseline does not have this target yet' };
  const { weights, weightBits, activationBits, range } = wanted.scheme;
  const isSame =
    found.scheme.weights === weights &&
    found.scheme.weightBits === weightBits &&
    found.scheme.activationBits === activationBits &&
    found.scheme.range === range;
  if (!isSame) return { missing: 'the baseline has this target by another scheme' };
  // Another version may emulate the chip otherwise, and the model would be blamed for it.
  if (tool !== wanted.tool) return { missing: `the baseline was measured by quantgate ${tool}` };
  return found;
}

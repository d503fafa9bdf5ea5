import { z } from 'zod';
import { verifiedTarget } from '../verification/verification-schema.ts';

const value = z.number();

/** What one recording on the base branch found of one model. */
export const historyPoint = z.strictObject({
  /** Null outside of git. */
  commit: z
    .string()
    .regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/)
    .nullable(),
  date: z.iso.datetime(),
  /** Version of quantgate. */
  tool: z.string().max(64),
  metric: z.string().max(256),
  /** FP32, in the metric's unit. */
  fp32: value,
  targets: z
    .array(
      z.strictObject({
        target: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/),
        int8: value,
        /** How much worse than FP32, and its interval. */
        drop: value,
        interval: z.tuple([value, value]),
        worstLayer: z.string().max(1024).nullable(),
        maxBitsLost: value.nullable(),
        /** Where it was checked against the vendor's library, or a device. */
        verified: verifiedTarget.optional(),
      }),
    )
    .max(32),
});

export type HistoryPoint = Readonly<z.output<typeof historyPoint>>;

/** Ample for a point a day of a year. */
export const MAX_POINTS = 400;

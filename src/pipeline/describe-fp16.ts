import type { JudgedTarget } from '../report/report-schema.ts';
import type { Fp16Finding } from './find-fp16.ts';

/** Overflowing tensors that report.json names. */
const NAMED = 64;

/** What FP16 does to a target in report.json; what is infinite is left out, as JSON cannot say it. */
export function describeFp16({ nsr, overflows, inFp32 }: Fp16Finding): NonNullable<JudgedTarget['fp16']> {
  return {
    ...(nsr !== undefined && Number.isFinite(nsr) && { nsr }),
    overflows: overflows.slice(0, NAMED).map(({ tensor, layer, op, largest, share }) => ({
      tensor,
      layer,
      op,
      largest: Number.isFinite(largest) ? largest : null,
      ...(share !== undefined && { share }),
    })),
    more: Math.max(overflows.length - NAMED, 0),
    ...(inFp32 && {
      inFp32: { quantized: inFp32.quantized, drop: inFp32.drop, verdict: inFp32.verdict },
    }),
  };
}

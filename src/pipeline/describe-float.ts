import type { FloatOperator } from '../quantization/float-multiplications.ts';
import type { Plan } from '../quantization/plan.ts';
import type { JudgedTarget } from '../report/report-schema.ts';

/** The fields of a target in report.json about what stays in floating point. */
export function describeFloat(
  operators: readonly FloatOperator[],
  notQuantized: Plan['notQuantized'],
): Pick<JudgedTarget, 'notQuantized' | 'floatMultiplications'> {
  const shares = new Map(operators.map(({ layer, share }) => [layer, share]));
  const known = operators.flatMap(({ share, ...rest }) => (share === undefined ? [] : [{ ...rest, share }]));
  const [most] = known.toSorted((a, b) => b.share - a.share);
  const share = known.reduce((sum, each) => sum + each.share, 0);
  return {
    notQuantized: notQuantized.map((each) => {
      const own = shares.get(each.layer);
      return { ...each, ...(own !== undefined && { share: own }) };
    }),
    ...(operators.length > 0 && {
      floatMultiplications: {
        share: Math.min(share, 1),
        ...(most && { most }),
        unknown: operators.length - known.length,
      },
    }),
  };
}

import { change, count } from '../words/counts.ts';
import { measured } from '../words/figures.ts';
import { magnitude, tinyShare } from '../words/ranges.ts';
import type { JudgedTarget } from './report-schema.ts';

/** From this share of the output noise on, FP16 is worth a sentence. */
const WORTH_SAYING = 0.1;

/**
 * The sentence about what is computed in FP16, where that overflows or makes more than a tenth of the output noise; it holds
 * names of the model as they are.
 */
export function fp16Sentence({ fp16, attribution, metric }: JudgedTarget): string | undefined {
  if (fp16 === undefined) return undefined;
  const { nsr, overflows, more, inFp32 } = fp16;
  // A cube in a GELU may overflow without harm, where a mean of squares is lost as a whole.
  const [worst, ...others] = overflows.toSorted((a, b) => (b.share ?? 0) - (a.share ?? 0));
  const fine = inFp32 === undefined ? '' : `; in FP32 it has ${measured(inFp32.quantized, metric.unit)}`;
  if (worst !== undefined) {
    const { tensor, layer, op, largest, share } = worst;
    const values = share === undefined ? '' : `, ${tinyShare(share)} of its values become infinite`;
    const beyond =
      largest === null
        ? 'becomes infinite'
        : `overflows: up to ${magnitude(largest)} where FP16 ends at 65,504${values}`;
    const left = others.length + more;
    const rest =
      left === 0 ? '' : `, and so ${left === 1 ? 'does 1 other tensor' : `do ${count(left)} others`}`;
    return `in FP16 "${tensor}" (${op}, "${layer}") ${beyond}${rest}${fine}`;
  }
  if (nsr === undefined || attribution === undefined) return undefined;
  const part = nsr === 0 ? 0 : nsr / (nsr + attribution.fullNsr);
  if (part < WORTH_SAYING) return undefined;
  return `FP16 makes ${tinyShare(part)} of the output noise, the integers the rest${fine}`;
}

/** What to do about FP16, measured on the evaluation samples; empty where nothing is gained. Code stands between backticks. */
export function fp16ToDo({ fp16, metric }: JudgedTarget): string {
  const { inFp32, overflows = [] } = fp16 ?? {};
  if (inFp32 === undefined || inFp32.drop >= metric.drop) return '';
  const part =
    overflows.length === 0 ? '' : ', or for the operators that overflow and those that read them alone';
  const { name, unit } = metric;
  return `Compute in FP32 what is not integer, with \`float: fp32\`${part}: ${name} ${measured(inFp32.quantized, unit)}, drop ${change(inFp32.drop, unit)}.`;
}

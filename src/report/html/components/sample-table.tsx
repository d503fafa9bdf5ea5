import { useState } from 'preact/hooks';
import { change } from '../../../words/counts.ts';
import { measured } from '../../../words/figures.ts';
import type { JudgedTarget } from '../../report-schema.ts';
import { useIsPrinting } from '../printing.ts';
import { Wide } from './wide.tsx';

/** Rows that are shown at first. */
const AT_FIRST = 10;

/** The samples that quantization makes worse, with both predictions. */
export function SampleTable({ target }: { readonly target: JudgedTarget }) {
  const [isWhole, setIsWhole] = useState(false);
  const isPrinting = useIsPrinting();
  const { worstSamples = [], metric } = target;
  if (worstSamples.length === 0) return null;
  const { flips, unit, name } = metric;
  const shown = worstSamples.slice(0, isWhole || isPrinting ? worstSamples.length : AT_FIRST);
  const isRight = flips !== null;
  const hasClass = worstSamples.some(({ int8 }) => int8.prediction !== undefined);
  const say = (score: number) => (isRight ? (score === 1 ? 'right' : 'wrong') : measured(score, unit));
  return (
    <section aria-labelledby="samples">
      <h3 id="samples">{isRight ? 'Samples that quantization lost' : 'Samples that lost the most'}</h3>
      <Wide label="Samples">
        <table class="samples">
          <thead>
            <tr>
              <th scope="col">Sample</th>
              <th scope="col">FP32</th>
              {hasClass && (
                <th scope="col" class="figure">
                  predicts
                </th>
              )}
              <th scope="col">Quantized</th>
              {hasClass && (
                <th scope="col" class="figure">
                  predicts
                </th>
              )}
              {!isRight && (
                <th scope="col" class="figure">
                  {name} lost
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {shown.map(({ sample, fp32, int8, thumbnail }) => (
              <tr key={sample}>
                <th scope="row">
                  {thumbnail && <img src={thumbnail} alt="" />}
                  {sample}
                </th>
                <td>{say(fp32.score)}</td>
                {hasClass && <td class="figure">{fp32.prediction ?? '–'}</td>}
                <td>{say(int8.score)}</td>
                {hasClass && <td class="figure">{int8.prediction ?? '–'}</td>}
                {!isRight && <td class="figure">{change(Math.abs(fp32.score - int8.score), unit)}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
      {shown.length < worstSamples.length && (
        <button type="button" class="more" onClick={() => setIsWhole(true)}>
          Show {worstSamples.length - shown.length} more
        </button>
      )}
      <p class="soft">
        {flips === null
          ? `The ${worstSamples.length} samples with the largest loss, by their number in the evaluation data.`
          : `${worstSamples.length} of the ${flips.lost} that FP32 has right and the quantized model has wrong, by their number in the evaluation data; ${flips.gained} were gained.`}
      </p>
    </section>
  );
}

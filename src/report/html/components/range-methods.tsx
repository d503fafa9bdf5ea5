import { change } from '../../../words/counts.ts';
import { measured } from '../../../words/figures.ts';
import { sqnrText } from '../../../words/ranges.ts';
import type { JudgedTarget } from '../../report-schema.ts';
import { GlossaryWord } from './glossary-word.tsx';
import { Wide } from './wide.tsx';

interface Props {
  readonly methods: NonNullable<JudgedTarget['rangeMethods']>;
  readonly metric: JudgedTarget['metric'];
}

/** What each way to choose the ranges of all activations makes of the outputs. */
export function RangeMethods({ methods, metric: { unit, name } }: Props) {
  if (methods.length === 0) return null;
  return (
    <details>
      <summary>Ways to choose the ranges of all activations</summary>
      <Wide label="Range methods">
        <table class="narrow">
          <thead>
            <tr>
              <th scope="col">
                <GlossaryWord words="range" />:
              </th>
              <th scope="col" class="figure">
                <GlossaryWord words="SQNR on probes" />
              </th>
              <th scope="col" class="figure">
                {name}
              </th>
              <th scope="col" class="figure">
                <GlossaryWord words="Drop" />
              </th>
            </tr>
          </thead>
          <tbody>
            {methods.map(({ range, outputNsr, isUsed, measured: after }) => (
              <tr key={range}>
                <th scope="row">
                  <code>{range}</code> {isUsed && <small>now</small>}
                </th>
                <td class="figure">{sqnrText(outputNsr)}</td>
                <td class="figure">{after === undefined ? '–' : measured(after.quantized, unit)}</td>
                <td class="figure">{after === undefined ? '–' : change(after.drop, unit)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
    </details>
  );
}

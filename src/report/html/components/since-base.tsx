import { rangePair, tinyShare } from '../../../words/ranges.ts';
import type { JudgedTarget } from '../../report-schema.ts';
import { Wide } from './wide.tsx';
import { WrappingName } from './wrapping-name.tsx';

interface Props {
  readonly changes: NonNullable<JudgedTarget['sinceBase']>;
}

/** What differs from the quantized model of the base. */
export function SinceBase({ changes: { ranges, layers, more } }: Props) {
  if (ranges.length === 0 && layers.length === 0) return null;
  const left = more.ranges + more.layers;
  return (
    <details>
      <summary>What changed since the base</summary>
      <Wide label="What changed">
        <table>
          <thead>
            <tr>
              <th scope="col">Range or layer</th>
              <th scope="col" class="figure">
                Base
              </th>
              <th scope="col" class="figure">
                Head
              </th>
            </tr>
          </thead>
          <tbody>
            {ranges.map(({ tensor, before, after }) => {
              const [base, head] = rangePair(before, after);
              return <Row key={`range ${tensor}`} name={tensor} base={base} head={head} />;
            })}
            {layers.map(({ layer, before, after }) => (
              <Row key={`layer ${layer}`} name={layer} base={noiseText(before)} head={noiseText(after)} />
            ))}
          </tbody>
        </table>
      </Wide>
      {left > 0 && <p class="soft">{left} more differ less.</p>}
    </details>
  );
}

function Row({ name, base, head }: { readonly name: string; readonly base: string; readonly head: string }) {
  return (
    <tr>
      <th scope="row" class="mono">
        <WrappingName name={name} />
      </th>
      <td class="figure">{base}</td>
      <td class="figure">{head}</td>
    </tr>
  );
}

function noiseText(nsr: number | null): string {
  return nsr === null ? '–' : `noise ${tinyShare(nsr)} of the signal`;
}

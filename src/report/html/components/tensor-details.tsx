import { count } from '../../../words/counts.ts';
import { magnitude, rangeText, tinyShare } from '../../../words/ranges.ts';
import type { LayerReport, ModelReport, TensorReport } from '../../report-schema.ts';
import { detailsOf, drawnRanges } from '../view/tensor-view.ts';
import { ChannelChart } from './channel-chart.tsx';
import { Facts } from './facts.tsx';
import { ValueHistogram } from './value-histogram.tsx';

interface Props {
  readonly tensor: TensorReport;
  readonly layer: LayerReport;
  /** Of its grid. */
  readonly bits: number;
  readonly leaders: ModelReport['leaders'];
}

const kinds = { 'input-activation': 'reads', 'output-activation': 'makes', weight: 'weight' } as const;

/** A tensor of a layer: its range and what it makes of the bits, its values, or its channels. */
export function TensorDetails({ tensor, layer, bits, leaders }: Props) {
  const { histogram, channels } = {
    histogram: undefined,
    channels: undefined,
    ...detailsOf(leaders, layer, tensor),
  };
  const ranges = drawnRanges(tensor);
  return (
    <section class="tensor">
      <h4>
        <span class="kind">{kinds[tensor.kind]}</span> {tensor.name}
      </h4>
      <Facts facts={factsOf(tensor, bits)} />
      {histogram !== undefined && histogram.counts.length > 0 && (
        <ValueHistogram histogram={histogram} ranges={ranges} />
      )}
      {channels !== undefined && <ChannelChart channels={channels} grid={tensor} />}
      {ranges.length > 1 && (
        <details>
          <summary>Ranges in figures</summary>
          <table>
            <tbody>
              {ranges.map(({ label, alpha, beta }) => (
                <tr key={label}>
                  <th scope="row">{label}</th>
                  <td class="figure">α {magnitude(alpha)}</td>
                  <td class="figure">β {magnitude(beta)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </details>
      )}
    </section>
  );
}

function factsOf(tensor: TensorReport, bits: number): [string, string | undefined][] {
  const { effectiveBits, bitsLost, clipShare, scale, zeroPoint, suggested, channelPrecision } = tensor;
  const zero = zeroPoint === undefined ? '' : `, zero point ${zeroPoint}`;
  return [
    ['Range now', rangeText(tensor)],
    [
      'Suggested',
      suggested ? `${rangeText(suggested)}, ${suggested.predictedGainDb.toFixed(1)} dB predicted` : undefined,
    ],
    ['Effective bits', effectiveBits === undefined ? undefined : `${effectiveBits.toFixed(2)} of ${bits}`],
    ['Bits lost', bitsLost?.toFixed(2)],
    [
      'Noise by clipping',
      clipShare === undefined ? undefined : clipShare === 0 ? 'none' : tinyShare(clipShare),
    ],
    ['Scale', `${scaleText(scale)}${zero}`],
    [
      'Bits that channels keep',
      channelPrecision &&
        `${channelPrecision.leastBits.toFixed(1)} at least, ${channelPrecision.medianBits.toFixed(1)} in the middle, ${count(channelPrecision.under4Bits)} of ${count(channelPrecision.channels)} under 4`,
    ],
  ];
}

function scaleText(scale: TensorReport['scale']): string {
  if (typeof scale === 'number') return magnitude(scale);
  const of = 'channels' in scale ? `${count(scale.channels)} channels` : `${count(scale.blocks)} blocks`;
  return `${magnitude(scale.min)} … ${magnitude(scale.max)} of ${of}`;
}

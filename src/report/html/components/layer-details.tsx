import { count } from '../../../words/counts.ts';
import { tinyShare } from '../../../words/ranges.ts';
import { estimatedShare } from '../../likely-sentence.ts';
import type { JudgedTarget, LayerReport, ModelReport } from '../../report-schema.ts';
import { gridBitsOf } from '../view/layer-rows.ts';
import { Facts } from './facts.tsx';
import { GlossaryWord } from './glossary-word.tsx';
import { ShareBar, ShareLegend } from './share-bar.tsx';
import { TensorDetails } from './tensor-details.tsx';

interface Props {
  readonly layer: LayerReport;
  readonly target: JudgedTarget;
  readonly leaders: ModelReport['leaders'];
}

/** All that is known of one layer. */
export function LayerDetails({ layer, target, leaders }: Props) {
  const { shares, tensors } = layer;
  const remedy = target.remedies?.find(({ unit }) => unit === layer.name);
  return (
    <>
      <Facts facts={factsOf(layer, target)} />
      {shares !== undefined && (
        <>
          <h4>
            Its own error is <GlossaryWord words="made by" />
          </h4>
          <ShareBar shares={shares} />
          <ShareLegend />
        </>
      )}
      {remedy !== undefined && (
        <p class="todo">
          <span>Predicted</span> {remedy.sentence}
        </p>
      )}
      {tensors.map((tensor) => (
        <TensorDetails
          key={`${tensor.kind} ${tensor.name}`}
          {...{ tensor, layer, leaders }}
          bits={gridBitsOf(tensor, layer, target.scheme)}
        />
      ))}
    </>
  );
}

function factsOf(
  layer: LayerReport,
  { attribution, likelyLeaders }: JudgedTarget,
): [string, string | undefined][] {
  const { rank, impact, worstSample, impactSamples, sqnrDb, cumulativeNsr, clipRate, accumulator } = layer;
  const full = attribution?.fullNsr ?? 0;
  const likely = likelyLeaders?.layers.find(({ layer: leader }) => leader === layer.name);
  const estimated = likelyLeaders && estimatedShare(likely?.impact, likelyLeaders);
  const spare = accumulator && `int${accumulator.bits}, ${accumulator.headroomBits.toFixed(1)} bits to spare`;
  const overflows =
    accumulator && accumulator.overflows > 0 ? `, ${count(accumulator.overflows)} overflows` : '';
  return [
    ['Rank', rank?.toString()],
    ['Output noise, share', impact !== undefined && full > 0 ? tinyShare(impact / full) : undefined],
    ['Output noise, estimate', estimated && `${estimated}, on ${likelyLeaders.probeSamples} probe samples`],
    ['Measured on', impactSamples === undefined ? undefined : `${impactSamples} probe samples`],
    ['Worst probe sample', worstSample ? `${tinyShare(worstSample)} of it` : undefined],
    ['SQNR alone', sqnrDb === undefined ? undefined : `${sqnrDb.toFixed(1)} dB`],
    [
      'SQNR in the whole model',
      cumulativeNsr ? `${(-10 * Math.log10(cumulativeNsr)).toFixed(1)} dB` : undefined,
    ],
    ['Clipped inputs', clipRate === undefined ? undefined : clipRate === 0 ? 'none' : tinyShare(clipRate)],
    ['Accumulator', spare && `${spare}${overflows}`],
  ];
}

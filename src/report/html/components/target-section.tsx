import { useState } from 'preact/hooks';
import { rankedLayers } from '../../diagnosis.ts';
import { likelyLeadersSentence } from '../../likely-sentence.ts';
import type { JudgedTarget, ModelReport } from '../../report-schema.ts';
import { useIsPrinting } from '../printing.ts';
import { notesOf, whatIsWrong } from '../view/headline.ts';
import { layerRows } from '../view/layer-rows.ts';
import { Circumstances } from './circumstances.tsx';
import { DepthCurve } from './depth-curve.tsx';
import { FEWEST_RECORDINGS, HistoryChart } from './history-chart.tsx';
import { LayerDetails } from './layer-details.tsx';
import { LayerPanel } from './layer-panel.tsx';
import { LayerTable } from './layer-table.tsx';
import { Marked } from './marked.tsx';
import { ModelGraph } from './model-graph.tsx';
import { RangeMethods } from './range-methods.tsx';
import { RecoverySection } from './recovery-section.tsx';
import { SampleTable } from './sample-table.tsx';
import { SectionNav } from './section-nav.tsx';
import { SinceBase } from './since-base.tsx';
import { Skyline } from './skyline.tsx';

interface Props {
  readonly target: JudgedTarget;
  readonly model: ModelReport;
}

/** Layers that are printed with all that is known of them: on paper, none can be chosen. */
const PRINTED = 5;

/** All about one target: why it stands as it does, its layers, its graph, what repairs it. */
export function TargetSection({ target, model }: Props) {
  const [layer, setLayer] = useState<string>();
  const rows = layerRows(target);
  const leading = rankedLayers(target).slice(0, PRINTED);
  const cause = whatIsWrong(target);
  const likely = likelyLeadersSentence(target);
  const choose = (name: string | undefined) => setLayer(name);
  const shown = target.layers.find(({ name }) => name === layer);
  return (
    <div class={`target ${shown === undefined ? '' : 'beside-panel'}`}>
      <SectionNav target={target} sections={sectionsOf(target, model)} />
      <section aria-labelledby="why">
        <h3 id="why">Why</h3>
        {cause !== undefined && (
          <p class="lead">
            {cause.headline}
            {cause.layer === undefined ? '.' : ': '}
            {cause.layer !== undefined && (
              <>
                <button type="button" class="name" onClick={() => choose(cause.layer)}>
                  {cause.layer}
                </button>{' '}
                {cause.words}.
              </>
            )}
          </p>
        )}
        <ul class="reasons">
          {notesOf(target).map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
        {target.sinceBase !== undefined && <SinceBase changes={target.sinceBase} />}
        <RangeMethods methods={target.rangeMethods ?? []} metric={target.metric} />
        <Circumstances target={target} />
      </section>
      {target.recovery !== undefined && <RecoverySection target={target} recovery={target.recovery} />}
      <section aria-labelledby="layers">
        <h3 id="layers">Layers</h3>
        {target.attribution === undefined && rows.every(({ noise }) => noise === undefined) && (
          <p class="soft">
            {likely === '' ? (
              'What each layer costs at the outputs was not measured'
            ) : (
              <>
                <Marked text={likely} />, where ≈ stands; their own errors are of the same samples
              </>
            )}
            : <code>attribute: always</code> of the model measures all where a target passes.
          </p>
        )}
        <Skyline rows={rows} chosen={layer} onChoose={choose} />
        <LayerTable rows={rows} chosen={layer} onChoose={choose} />
        <DepthCurve layers={target.layers} />
      </section>
      {model.graph !== undefined && (
        <section aria-labelledby="graph">
          <h3 id="graph">Graph</h3>
          <ModelGraph graph={model.graph} rows={rows} chosen={layer} onChoose={choose} />
        </section>
      )}
      <SampleTable target={target} />
      <HistoryChart target={target} />
      {useIsPrinting() &&
        leading.map((each) => (
          <section key={each.name} class="printed">
            <h3>{each.name}</h3>
            <LayerDetails layer={each} target={target} leaders={model.leaders} />
          </section>
        ))}
      {shown !== undefined && (
        <LayerPanel
          layer={shown}
          target={target}
          leaders={model.leaders}
          onChoose={choose}
          onClose={() => choose(undefined)}
        />
      )}
    </div>
  );
}

/** What there is something to say about. */
function sectionsOf({ recovery, worstSamples = [], base }: JudgedTarget, { graph }: ModelReport): string[] {
  return [
    'Why',
    ...(recovery === undefined ? [] : ['Recovery']),
    'Layers',
    ...(graph === undefined ? [] : ['Graph']),
    ...(worstSamples.length === 0 ? [] : ['Samples']),
    ...((base?.history ?? []).length < FEWEST_RECORDINGS ? [] : ['History']),
    'Provenance',
  ];
}

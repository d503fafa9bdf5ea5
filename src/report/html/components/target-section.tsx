import { useState } from 'preact/hooks';
import type { JudgedTarget, ModelReport } from '../../report-schema.ts';
import { causeOf, notesOf } from '../view/headline.ts';
import { layerRows } from '../view/layer-rows.ts';
import { HistoryChart } from './history-chart.tsx';
import { LayerPanel } from './layer-panel.tsx';
import { LayerTable } from './layer-table.tsx';
import { ModelGraph } from './model-graph.tsx';
import { RecoverySection } from './recovery-section.tsx';
import { SampleTable } from './sample-table.tsx';
import { Skyline } from './skyline.tsx';

interface Props {
  readonly target: JudgedTarget;
  readonly model: ModelReport;
}

/** All about one target: why it stands as it does, its layers, its graph, what repairs it. */
export function TargetSection({ target, model }: Props) {
  const [layer, setLayer] = useState<string>();
  const rows = layerRows(target);
  const cause = causeOf(target);
  const choose = (name: string | undefined) => setLayer(name);
  const shown = target.layers.find(({ name }) => name === layer);
  return (
    <div class="target">
      <section aria-labelledby="why">
        <h3 id="why">{target.target}: why</h3>
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
      </section>
      {target.recovery !== undefined && <RecoverySection target={target} recovery={target.recovery} />}
      <section aria-labelledby="layers">
        <h3 id="layers">Layers</h3>
        <Skyline rows={rows} chosen={layer} onChoose={choose} />
        <LayerTable rows={rows} chosen={layer} onChoose={choose} />
      </section>
      {model.graph !== undefined && (
        <section aria-labelledby="graph">
          <h3 id="graph">Graph</h3>
          <ModelGraph graph={model.graph} rows={rows} chosen={layer} onChoose={choose} />
        </section>
      )}
      <SampleTable target={target} />
      <HistoryChart target={target} />
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

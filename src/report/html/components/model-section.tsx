import { useState } from 'preact/hooks';
import type { JudgedTarget, ModelReport } from '../../report-schema.ts';
import { TargetSection } from './target-section.tsx';
import { TargetTable } from './target-table.tsx';

interface Props {
  readonly model: ModelReport;
}

/** A model: its targets side by side, and all about the one that is chosen; at first the one that stands worst. */
export function ModelSection({ model }: Props) {
  const judged = model.targets.filter((target): target is JudgedTarget => target.verdict !== 'error');
  const worst =
    judged.find(({ verdict }) => verdict === 'fail') ?? judged.find(({ verdict }) => verdict !== 'pass');
  const [id, setId] = useState((worst ?? judged[0])?.target);
  const target = judged.find((each) => each.target === id);
  return (
    <section aria-labelledby="model">
      <h2 id="model">{model.name}</h2>
      <TargetTable model={model} chosen={id} onChoose={setId} />
      {target !== undefined && <TargetSection key={target.target} target={target} model={model} />}
    </section>
  );
}

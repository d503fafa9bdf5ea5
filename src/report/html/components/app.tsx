import { useCallback, useEffect, useState } from 'preact/hooks';
import type { ModelReport } from '../../report-schema.ts';
import { Printing, usePrinting } from '../printing.ts';
import type { ReadReport } from '../read-report.ts';
import { ModelSection } from './model-section.tsx';
import { OpenReport } from './open-report.tsx';
import { Provenance } from './provenance.tsx';
import { VerdictBanner } from './verdict-banner.tsx';

/** The whole page; `first` is the report that it came with. */
export function App({ first }: { readonly first: ReadReport | undefined }) {
  const [read, setRead] = useState(first);
  const [chosen, setChosen] = useState(0);
  const isPrinting = usePrinting();
  const report = read && 'report' in read ? read.report : undefined;
  const title =
    report === undefined
      ? 'quantgate report'
      : `${report.verdict}: ${report.models.map(({ name }) => name).join(', ')} · quantgate`;
  useEffect(() => {
    document.title = title;
  }, [title]);
  const open = useCallback((opened: ReadReport) => {
    setChosen(0);
    setRead(opened);
  }, []);
  const problem = read && 'problem' in read ? read.problem : undefined;
  const model = report?.models[chosen];
  return (
    <Printing.Provider value={isPrinting}>
      <header class="top">
        <span class="brand">quantgate</span>
        <OpenReport onOpen={open} />
      </header>
      {problem !== undefined && (
        <p class="problem" role="alert">
          This report cannot be shown: {problem}.
        </p>
      )}
      {report !== undefined && (
        <main key={`${report.configSha256} ${report.times.date}`}>
          <VerdictBanner report={report} />
          {report.models.length > 1 && (
            <nav class="choices" aria-label="Models">
              {report.models.map(({ name, targets }, index) => (
                <button
                  type="button"
                  key={name}
                  aria-pressed={index === chosen}
                  onClick={() => setChosen(index)}
                >
                  {name} <small>{openWords(targets)}</small>
                </button>
              ))}
            </nav>
          )}
          {model !== undefined && <ModelSection key={model.name} model={model} />}
          <Provenance report={report} model={model} />
        </main>
      )}
      {read === undefined && <p class="empty">Open a report.json of quantgate to see it here.</p>}
    </Printing.Provider>
  );
}

/** How many targets of a model do not pass; empty where all do. */
function openWords(targets: ModelReport['targets']): string {
  const open = targets.filter(({ verdict }) => verdict !== 'pass').length;
  return open === 0 ? '' : `${open} of ${targets.length} open`;
}

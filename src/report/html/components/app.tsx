import { useEffect, useState } from 'preact/hooks';
import { Printing, usePrinting } from '../printing.ts';
import { type ReadReport, readReportText } from '../read-report.ts';
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
  const open = (text: string) => {
    setChosen(0);
    setRead(readReportText(text));
  };
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
                  {name} <small>{targets.filter(({ verdict }) => verdict !== 'pass').length || ''}</small>
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

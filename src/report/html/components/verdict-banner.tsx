import type { Report } from '../../report-schema.ts';
import { openTargetsOf, reportHeadline } from '../view/headline.ts';
import { Marked } from './marked.tsx';
import { VerdictMark } from './verdict-mark.tsx';

/** The verdict in plain words, and what to do. */
export function VerdictBanner({ report }: { readonly report: Report }) {
  const { verdict, doubts = [], warnings, accepted, proposed, unchanged } = report;
  const open = openTargetsOf(report);
  return (
    <section class={`banner ${verdict}`} aria-label="Verdict">
      <h1>
        <VerdictMark verdict={verdict} isLarge /> {reportHeadline(report)}
      </h1>
      {unchanged !== undefined && <p>{unchanged}.</p>}
      {open.length > 0 && (
        <ul class="standings">
          {open.map(({ model, target, verdict, what, todo }) => (
            <li key={`${model} ${target}`}>
              <p>
                <VerdictMark verdict={verdict} />{' '}
                <strong>
                  {model}
                  {target !== undefined && <> on {target}</>}
                </strong>
                : {what}
              </p>
              {todo !== '' && (
                <p class="todo">
                  <span>To do</span> <Marked text={todo} />
                </p>
              )}
            </li>
          ))}
        </ul>
      )}
      {accepted !== undefined && (
        <p>
          Accepted by <strong>{accepted.by}</strong>: {accepted.reason}
        </p>
      )}
      <Notes title="May not be believed as it is" lines={doubts} />
      {proposed !== undefined && (
        <Notes
          title={`With the configuration of the pull request: ${proposed.verdict}`}
          lines={proposed.reasons}
        />
      )}
      <Notes title={warnings.length === 1 ? '1 warning' : `${warnings.length} warnings`} lines={warnings} />
    </section>
  );
}

function Notes({ title, lines }: { readonly title: string; readonly lines: readonly string[] }) {
  if (lines.length === 0) return null;
  return (
    <details open={lines.length < 3}>
      <summary>{title}</summary>
      <ul>
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </details>
  );
}

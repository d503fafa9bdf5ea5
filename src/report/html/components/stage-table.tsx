import type { Report } from '../../report-schema.ts';
import { secondsText, stageTimes } from '../../stage-times.ts';

/** Where the time of a run went. */
export function StageTable({ report }: { readonly report: Report }) {
  const { stages, seconds } = stageTimes(report);
  if (stages.length === 0) return null;
  return (
    <details>
      <summary>Where {secondsText(seconds)} went</summary>
      <table class="stages">
        <thead>
          <tr>
            <th scope="col">Stage</th>
            <th scope="col">Time</th>
            <th scope="col">Share</th>
          </tr>
        </thead>
        <tbody>
          {stages.map((each) => (
            <tr key={each.stage}>
              <th scope="row">{each.stage}</th>
              <td>{secondsText(each.seconds)}</td>
              <td>{`${Math.round((100 * each.seconds) / seconds)} %`}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

import type { Report } from '../../report-schema.ts';
import { explainingTimes, secondsText, stageTimes } from '../../stage-times.ts';

/** Where the time of a run went, and that of runners which explained a share. */
export function StageTable({ report }: { readonly report: Report }) {
  return (
    <>
      <Stages timed={report} whose="" />
      {explainingTimes(report).map((each) => (
        <Stages key={each.shard} timed={each} whose={` of explanation ${each.shard}`} />
      ))}
    </>
  );
}

function Stages({
  timed,
  whose,
}: {
  readonly timed: Parameters<typeof stageTimes>[0];
  readonly whose: string;
}) {
  const { stages, seconds } = stageTimes(timed);
  if (stages.length === 0) return null;
  return (
    <details>
      <summary>{`Where ${secondsText(seconds)}${whose} went`}</summary>
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

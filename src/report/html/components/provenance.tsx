import type { ModelReport, Report } from '../../report-schema.ts';
import { Facts } from './facts.tsx';
import { PasteBlock } from './paste-block.tsx';
import { StageTable } from './stage-table.tsx';

interface Props {
  readonly report: Report;
  readonly model: ModelReport | undefined;
}

/** What was judged by what. */
export function Provenance({ report, model }: Props) {
  const { tool, head, change, configSha256, provider, times } = report;
  const baseline = model?.baseline;
  const facts: [string, string | null | undefined][] = [
    ['Date', times.date],
    ['Tool', `${tool.name} ${tool.version}`],
    ['Commit', head],
    ['Base', change && `${change.base} on ${change.branch}`],
    ['Pull request', change?.pullRequest?.toString()],
    ['Run on', [times.machine, provider].filter(Boolean).join(', ') || undefined],
    ['Run', times.run],
    ['Configuration', configSha256],
    ['Model', model?.modelSha256],
    ['Opset', model?.opset?.toString()],
    ['Evaluation data', model?.dataSha256],
    ['Calibration samples', model?.calibrationSamples?.toString()],
    [
      'Baseline',
      baseline?.state === 'compared'
        ? `${baseline.sha256}, ${baseline.date}`
        : baseline?.state === 'baseline-unavailable'
          ? `unavailable: ${baseline.reason}`
          : baseline && 'none yet',
    ],
  ];
  return (
    <section aria-labelledby="provenance">
      <h2 id="provenance">Provenance</h2>
      <Facts facts={facts} kind="hashes" />
      <StageTable report={report} />
      {model?.config !== undefined && (
        <details>
          <summary>The configuration in force</summary>
          <PasteBlock text={model.config} where="models:" />
        </details>
      )}
    </section>
  );
}

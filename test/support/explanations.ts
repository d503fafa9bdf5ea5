import type { ExplanationIdentity, ExplanationShard } from '../../src/report/explanation-record.ts';
import { passing } from './sample-reports.ts';

/** What decides how model `m` is explained. */
export function explainedIdentity(model = 'm'): ExplanationIdentity {
  return {
    model,
    modelSha256: 'a'.repeat(64),
    dataSha256: 'b'.repeat(64),
    calibrationSha256: 'c'.repeat(64),
    settingsSha256: 'd'.repeat(64),
    baseline: 'no-baseline-yet',
    provider: 'cpu',
    tool: '0.1.0',
  };
}

/** One of two shards, which explains a target named after it. */
export function explanationOf(model: string, index: number): ExplanationShard {
  return {
    identity: explainedIdentity(model),
    shard: { index, count: 2 },
    targets: [{ entry: { ...passing, target: `chip${index}` }, recovered: [] }],
    seconds: { [`${model}/chip${index}/attribute`]: 1.5 },
  };
}

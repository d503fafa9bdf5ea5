import { printable } from '../errors.ts';
import { count, listed } from '../words/counts.ts';
import { tinyShare } from '../words/ranges.ts';
import type { JudgedTarget } from './report-schema.ts';

type LikelyLeaders = NonNullable<JudgedTarget['likelyLeaders']>;

/**
 * Which layers of a target likely cost the most, in one sentence; code stands between backticks. Empty where all were measured,
 * or none was.
 */
export function likelyLeadersSentence({ likelyLeaders, layers }: JudgedTarget): string {
  if (likelyLeaders === undefined) return '';
  const named = likelyLeaders.layers.map(({ layer, impact }) => {
    const share = estimatedShare(impact, likelyLeaders);
    return `\`${printable(layer)}\`${share === undefined ? '' : ` (about ${share} of the output noise)`}`;
  });
  const { measured } = likelyLeaders;
  const most = named.length === 1 ? 'is likely the costliest layer' : 'are likely the costliest layers';
  const among =
    measured < layers.length ? `${count(measured)} of ${count(layers.length)} layers, each` : 'every layer';
  return `${listed(named)} ${most}: an estimate from ${among} quantized alone on ${samplesOf(likelyLeaders)}`;
}

/** `34 %`, of the output noise of the quantized model; undefined where that is not known. */
export function estimatedShare(
  impact: number | undefined,
  { fullNsr }: Pick<LikelyLeaders, 'fullNsr'>,
): string | undefined {
  return impact !== undefined && fullNsr !== undefined && fullNsr > 0
    ? tinyShare(impact / fullNsr)
    : undefined;
}

function samplesOf({ probeSamples, probesCalibrated }: LikelyLeaders): string {
  const kind = probesCalibrated ? 'calibration sample' : 'sample';
  return probeSamples === 1 ? `1 ${kind}` : `${count(probeSamples)} ${kind}s`;
}

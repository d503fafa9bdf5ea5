import { count, roughCount } from '../words/counts.ts';
import { escapeText } from './escape.ts';
import type { ModelReport, Report } from './report-schema.ts';

const DAY_MS = 24 * 3600 * 1000;

function ageOf(date: string, now: string): string {
  const days = Math.max(Math.floor((Date.parse(now) - Date.parse(date)) / DAY_MS), 0);
  if (days === 0) return 'less than a day old';
  return days === 1 ? '1 day old' : `${count(days)} days old`;
}

/** What a model was compared with, which one it is, and where it ran. */
export function circumstancesOf(
  model: ModelReport,
  { provider, times }: Pick<Report, 'provider' | 'times'>,
): string {
  const { baseline, modelSha256, opset, calibrationSamples } = model;
  const compared =
    baseline.state === 'compared' &&
    `compared with the baseline${baseline.sha ? ` of commit ${baseline.sha.slice(0, 12)}` : ''}, ${ageOf(baseline.date, times.date)}`;
  const facts = [
    compared,
    modelSha256 && `model ${modelSha256.slice(0, 12)}`,
    opset && `opset ${opset}`,
    calibrationSamples && `calibrated on ${roughCount(calibrationSamples)} samples`,
    provider && `run on ${escapeText(provider)}`,
  ].filter((fact) => typeof fact === 'string');
  return facts.join(', ');
}

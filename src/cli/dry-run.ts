import type { Config } from '../config/config.ts';
import { printable } from '../errors.ts';
import type { Context } from '../pipeline/prepare.ts';
import { type ModelPreview, previewModel, type SamplesPreview } from '../pipeline/preview.ts';
import { aboutModel } from '../words/about-model.ts';
import { count } from '../words/counts.ts';
import { aboutDuration } from '../words/duration.ts';
import { exitCodes } from './exit-codes.ts';
import type { World } from './world.ts';

/**
 * Prints what a run would measure, and what keeps it from that; writes nothing.
 *
 * @returns 0 where all can be read, otherwise 2
 */
export async function dryRun(
  config: Config,
  context: Context,
  world: Pick<World, 'loudness' | 'print' | 'complain'>,
): Promise<number> {
  const previews: ModelPreview[] = [];
  for (const model of config.models) {
    const preview = await previewModel(model, context);
    previews.push(preview);
    if (world.loudness !== 'quiet') for (const line of previewLines(preview)) world.print(line);
    for (const problem of preview.problems) world.complain(aboutModel(model.name, problem));
  }
  if (previews.some(({ problems }) => problems.length > 0)) return exitCodes.error;
  if (world.loudness !== 'quiet') world.print(`all can be read${inAll(previews)}`);
  return exitCodes.pass;
}

/** What there is of a model, a thing per line, for a terminal or a log. */
export function previewLines({
  name,
  path,
  targets,
  calibration,
  evaluation,
  seconds,
  recoverMinutes,
}: ModelPreview): string[] {
  const line = (kind: string, text: string) => `${name}  ${kind.padEnd(12)}  ${text}`;
  const labels = evaluation.labels === undefined ? '' : `, labels ${printable(evaluation.labels)}`;
  const longer =
    recoverMinutes === 0
      ? ''
      : `; where a target does not pass, up to ${count(recoverMinutes)} minutes more to seek what repairs it`;
  return [
    line('model', printable(path)),
    line('targets', targets.join(', ')),
    line('calibration', samplesWords(calibration)),
    line('evaluation', `${samplesWords(evaluation)}${labels}, metric ${printable(evaluation.metric)}`),
    ...(seconds === undefined ? [] : [line('time', `${aboutDuration(seconds)}${longer}`)]),
  ];
}

function samplesWords({ inputs, isFound, samples }: SamplesPreview): string {
  const files = inputs.map(printable).join(', ');
  if (!isFound) return `missing: ${files}`;
  if (samples === undefined) return `${files}, not counted`;
  return `${samples === 1 ? '1 sample' : `${count(samples)} samples`} of ${files}`;
}

function inAll(previews: readonly ModelPreview[]): string {
  const seconds = previews.map((each) => each.seconds);
  if (previews.length < 2 || seconds.includes(undefined)) return '';
  return `, ${aboutDuration(seconds.reduce((sum: number, each) => sum + each!, 0))} in all`;
}

import { readFileSync } from 'node:fs';
import { parseConfig } from '../src/config/load-config.ts';
import { type Context, type Prepared, prepare } from '../src/pipeline/prepare.ts';
import { silentContext } from '../test/support/silent-context.ts';
import { type Subject, writeConfig } from './subject.ts';

/** Loads and plans a subject for targets, for what no command measures. */
export async function prepareSubject(
  subject: Subject,
  targets: readonly string[],
): Promise<{ readonly prepared: Prepared; readonly context: Context }> {
  const { folder } = subject;
  const path = writeConfig(subject, targets);
  const [config] = parseConfig(readFileSync(path, 'utf8'), path).models;
  const context = await silentContext(folder);
  return { prepared: await prepare(config, context), context };
}

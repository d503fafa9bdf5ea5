import { join } from 'node:path';
import { inject } from 'vitest';

/** The action as a runner unpacks it. */
export const installedAction = (): string => inject('installed');

/** The script that `npx quantgate` runs. */
export const installedCli = (): string => join(inject('installed'), 'dist/cli.js');

import { basename, dirname, join } from 'node:path';
import { messageOf, UserError } from '../../errors.ts';
import { MANIFEST } from '../../formats/manifest.ts';
import { readWhole } from '../../read-file.ts';
import { sha256Of } from '../../sha256.ts';
import { shellCommand } from '../../words/shell-command.ts';
import { chipFilesOf, README } from '../export.ts';
import type { Candidate } from '../judge.ts';
import type { Prepared } from '../prepare.ts';

const RUN = shellCommand('run');

/** Protobuf ends a file at 2 GiB. */
const MAX_BYTES = 2 ** 31;

/**
 * The folder of a chip in that of a run, whose files are those that the configuration makes now: what is measured of them
 * is then measured of what is predicted.
 *
 * @param out absolute folder of the run
 * @returns absolute
 * @throws UserError when a file is not there or another
 */
export async function checkedChipFolder(
  prepared: Prepared,
  candidate: Candidate,
  out: string,
): Promise<string> {
  const files = chipFilesOf(prepared, candidate);
  for (const { path, content } of files) {
    if ([README, MANIFEST].includes(basename(path))) continue;
    const bytes = await readWhole(join(out, path), MAX_BYTES).catch((error) => {
      throw new UserError(
        `${path} of the run cannot be read (${messageOf(error)}): run ${RUN} first, or name its folder with --out`,
      );
    });
    if (sha256Of(bytes) !== sha256Of(content))
      throw new UserError(
        `${path} of the run is not what this configuration makes of the model and its samples: run ${RUN} again`,
      );
  }
  return join(out, dirname(files[0].path));
}

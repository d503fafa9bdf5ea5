import { z } from 'zod';
import { UserError } from '../errors.ts';
import { type Api, call, type Repository } from './api.ts';
import { hasStatus } from './api-error.ts';
import { download } from './download.ts';
import { digest, id, name } from './shapes.ts';

const release = z.object({
  assets: z.array(z.object({ id, name, size: z.int().min(0), digest })).max(1000),
});

/** A file that is attached to a release. */
export interface ReleaseFile {
  readonly tag: string;
  readonly file: string;
}

/**
 * A file that was attached to a release, its digest verified; undefined if there is no such release or file. Releases
 * do not expire, so they hold the baseline of a project that rarely changes.
 *
 * @param most bytes
 * @throws ApiError when a call fails; UserError when it is too large or not what its digest says
 */
export async function readReleaseAsset(
  api: Api,
  repository: Repository,
  { tag, file }: ReleaseFile,
  most: number,
): Promise<Uint8Array | undefined> {
  const asset = (await assetsOf(api, repository, tag)).find(({ name }) => name === file);
  if (asset === undefined) return undefined;
  const purpose = `download ${file} of release ${tag}`;
  if (asset.size > most) {
    throw new UserError(
      `cannot ${purpose}: it has ${asset.size} bytes, at most ${most} are read: make it smaller`,
    );
  }
  return download(
    api,
    {
      purpose,
      route: 'GET /repos/{owner}/{repo}/releases/assets/{asset_id}',
      parameters: { ...repository, asset_id: asset.id, headers: { accept: 'application/octet-stream' } },
      needs: ['contents: read'],
    },
    { most, digest: asset.digest },
  );
}

async function assetsOf(api: Api, repository: Repository, tag: string) {
  try {
    const { assets } = await call(api, {
      purpose: `find release ${tag}`,
      route: 'GET /repos/{owner}/{repo}/releases/tags/{tag}',
      parameters: { ...repository, tag },
      needs: ['contents: read'],
      answer: release,
    });
    return assets;
  } catch (error) {
    if (hasStatus(error, 404)) return [];
    throw error;
  }
}

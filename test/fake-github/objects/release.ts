import type { Urls } from '../answer.ts';
import type { Asset, Release, Repo, State } from '../state.ts';
import { repoPage, repoUrl } from './repository.ts';
import { digestOf } from './run.ts';
import { nodeId, userObject, userOf } from './user.ts';

/** `release` */
export function releaseObject(state: State, urls: Urls, repo: Repo, release: Release) {
  const url = `${repoUrl(urls, repo)}/releases/${release.id}`;
  return {
    url,
    html_url: `${repoPage(urls, repo)}/releases/tag/${release.tag}`,
    assets_url: `${url}/assets`,
    upload_url: `${url}/assets{?name,label}`,
    tarball_url: `${repoUrl(urls, repo)}/tarball/${release.tag}`,
    zipball_url: `${repoUrl(urls, repo)}/zipball/${release.tag}`,
    id: release.id,
    node_id: nodeId('Release', release.id),
    tag_name: release.tag,
    target_commitish: repo.defaultBranch,
    name: release.title,
    body: release.body,
    draft: release.draft,
    prerelease: release.prerelease,
    immutable: false,
    created_at: release.createdAt,
    published_at: release.draft ? null : release.createdAt,
    author: userObject(urls, userOf(state, release.author)),
    assets: release.assets.map((asset) => assetObject(state, urls, repo, release, asset)),
  };
}

/** `release-asset` */
export function assetObject(state: State, urls: Urls, repo: Repo, release: Release, asset: Asset) {
  return {
    url: `${repoUrl(urls, repo)}/releases/assets/${asset.id}`,
    browser_download_url: `${repoPage(urls, repo)}/releases/download/${release.tag}/${asset.name}`,
    id: asset.id,
    node_id: nodeId('ReleaseAsset', asset.id),
    name: asset.name,
    label: asset.label,
    state: 'uploaded',
    content_type: asset.contentType,
    size: asset.bytes.length,
    digest: digestOf(asset.bytes),
    download_count: 0,
    created_at: asset.createdAt,
    updated_at: asset.createdAt,
    uploader: userObject(urls, userOf(state, asset.uploader)),
  };
}

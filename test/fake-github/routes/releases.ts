import { byId, type Call, created, type Handlers, invalid, named, noContent, ok, page } from '../answer.ts';
import { assetObject, releaseObject } from '../objects/release.ts';
import { fullName, type Release } from '../state.ts';

const shown = (call: Call, release: Release) => releaseObject(call.state, call.urls, call.repo, release);
const releaseOf = (call: Call) => byId(call.repo.releases, call.params.release_id!);
const holderOf = (call: Call) =>
  named(call.repo.releases, (each) => each.assets.some(({ id }) => String(id) === call.params.asset_id));

const exists = (resource: string, field: string) =>
  invalid('Validation Failed', [{ resource, code: 'already_exists', field }]);

export const releaseRoutes: Handlers = {
  'repos/list-releases': (call) => {
    const all = call.repo.releases.toReversed();
    const { items, headers } = page(call, `/repos/${fullName(call.repo)}/releases`, all);
    return ok(
      items.map((each) => shown(call, each)),
      headers,
    );
  },
  'repos/get-release': (call) => ok(shown(call, releaseOf(call))),
  'repos/get-release-by-tag': (call) =>
    ok(
      shown(
        call,
        named(call.repo.releases, (each) => !each.draft && each.tag === call.params.tag),
      ),
    ),
  'repos/create-release': (call) => {
    const { tag_name, name = tag_name, body = '', draft = false, prerelease = false } = call.body;
    if (call.repo.releases.some((each) => each.tag === tag_name)) throw exists('Release', 'tag_name');
    const release: Release = {
      id: call.state.nextId(),
      tag: String(tag_name),
      title: String(name),
      body: String(body),
      draft: draft === true,
      prerelease: prerelease === true,
      author: call.token.login,
      createdAt: call.state.now(),
      assets: [],
    };
    call.repo.releases.push(release);
    return created(shown(call, release));
  },
  'repos/list-release-assets': (call) => {
    const release = releaseOf(call);
    const path = `/repos/${fullName(call.repo)}/releases/${release.id}/assets`;
    const { items, headers } = page(call, path, release.assets);
    return ok(
      items.map((each) => assetObject(call.state, call.urls, call.repo, release, each)),
      headers,
    );
  },
  'repos/upload-release-asset': (call) => {
    const release = releaseOf(call);
    const name = call.query.get('name')!;
    if (release.assets.some((each) => each.name === name)) throw exists('ReleaseAsset', 'name');
    const asset = {
      id: call.state.nextId(),
      name,
      label: call.query.get('label') ?? '',
      contentType: call.contentType,
      bytes: call.bytes,
      createdAt: call.state.now(),
      uploader: call.token.login,
    };
    release.assets.push(asset);
    return created(assetObject(call.state, call.urls, call.repo, release, asset));
  },
  'repos/get-release-asset': (call) => {
    const release = holderOf(call);
    const asset = byId(release.assets, call.params.asset_id!);
    if (call.accept.includes('application/octet-stream'))
      return { status: 200, body: asset.bytes, headers: { 'content-type': asset.contentType } };
    return ok(assetObject(call.state, call.urls, call.repo, release, asset));
  },
  'repos/delete-release-asset': (call) => {
    const { assets } = holderOf(call);
    assets.splice(assets.indexOf(byId(assets, call.params.asset_id!)), 1);
    return noContent;
  },
};

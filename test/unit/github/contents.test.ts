import { createHash } from 'node:crypto';
import nock from 'nock';
import { describe, expect, it } from 'vitest';
import { checkReadable, readFileAt } from '../../../src/github/contents.ts';
import { readReleaseAsset } from '../../../src/github/release-asset.ts';
import { API, mockGitHub, repository, repositoryPath, sha, testApi } from '../../support/http-mocks.ts';

mockGitHub();

const text = Buffer.from('version: 1\nmodels: [größe]\n');
const file = {
  type: 'file',
  size: text.length,
  sha: sha('c'),
  encoding: 'base64',
  content: `${text.toString('base64').slice(0, 10)}\n${text.toString('base64').slice(10)}\n`,
};
const mockFile = (answer: object, path = 'sub%2Fquantgate.yml') =>
  nock(API)
    .get(repositoryPath(`/contents/${path}`))
    .query({ ref: sha('a') })
    .reply(200, answer);
const read = (path = 'sub/quantgate.yml', most?: number) =>
  readFileAt(testApi(), repository, { commit: sha('a'), path }, most);

describe('checkReadable', () => {
  it.each([
    [200, undefined],
    [404, /^cannot read commit a+: not found, or hidden .* `permissions: \{ contents: read \}`$/],
  ])('answers %s with %s', async (status, refusal) => {
    nock(API)
      .get(repositoryPath(`/git/commits/${sha('a')}`))
      .reply(status, {});
    const checked = checkReadable(testApi(), repository, sha('a'));
    if (refusal === undefined) await checked;
    else await expect(checked).rejects.toThrow(refusal);
  });
});

describe('readFileAt', () => {
  it('reads a file at a commit', async () => {
    mockFile(file);
    expect(Buffer.from((await read())!).toString()).toBe(text.toString());
  });

  it('encodes what would end the path', async () => {
    mockFile(file, 'a%3Fref%3Dx%23.yml');
    expect(await read('a?ref=x#.yml')).toBeDefined();
  });

  it('reads a large file as a blob', async () => {
    const large = Buffer.alloc(2 ** 20 + 1, 'x');
    mockFile({ ...file, size: large.length, encoding: 'none', content: '' });
    nock(API)
      .get(repositoryPath(`/git/blobs/${sha('c')}`))
      .reply(200, { encoding: 'base64', content: large.toString('base64') });
    expect((await read(undefined, 2 ** 21))?.length).toBe(large.length);
  });

  it('has nothing where there is no such file', async () => {
    nock(API)
      .get(/contents/)
      .query(true)
      .reply(404, { message: 'Not Found' });
    expect(await read()).toBeUndefined();
  });

  it.each<[string, object, string]>([
    ['a folder', [{ type: 'file' }], 'it is not a file'],
    ['a submodule', { type: 'submodule' }, 'it is not a file'],
    ['a file that is too large', { ...file, size: 2 ** 20 + 1 }, 'has 1048577 bytes, at most 1048576'],
    ['a file of another size', { ...file, size: 3 }, `states 3 bytes and sent ${text.length}`],
    ['something else', { type: 'file', size: -1 }, 'not expected'],
  ])('refuses %s', async (_, answer, problem) => {
    mockFile(answer);
    await expect(read()).rejects.toThrow(problem);
  });

  it.each(['', '/etc/passwd', '../x', 'a/../x', 'a//b', './a', 'a\\b', 'a\nb', 'a/', 'x'.repeat(1025)])(
    'refuses the path %j without asking',
    async (path) => {
      await expect(read(path)).rejects.toThrow('is not a path of a file in the repository');
    },
  );

  it.each(['main', 'a'.repeat(39), 'A'.repeat(40), `${sha('a')}\n`])(
    'refuses %j as a commit',
    async (ref) => {
      await expect(readFileAt(testApi(), repository, { commit: ref, path: 'x' })).rejects.toThrow(
        'is not a commit',
      );
    },
  );
});

describe('readReleaseAsset', () => {
  const bytes = Buffer.from('{"quantgateBaseline":1}');
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  const asset = { id: 4, name: 'signs.baseline.json', size: bytes.length, digest };
  const mockRelease = (...assets: readonly object[]) =>
    nock(API).get(repositoryPath('/releases/tags/v1')).reply(200, { assets });
  const mockAsset = () =>
    nock(API, { reqheaders: { accept: 'application/octet-stream' } })
      .get(repositoryPath('/releases/assets/4'))
      .reply(200, bytes, { 'content-type': 'application/octet-stream' });
  const get = (most = 1000) =>
    readReleaseAsset(testApi(), repository, { tag: 'v1', file: 'signs.baseline.json' }, most);

  it('downloads a file of a release', async () => {
    mockRelease({ ...asset, id: 3, name: 'other' }, asset);
    mockAsset();
    expect(await get()).toEqual(bytes);
  });

  it('has nothing where there is no such release or file', async () => {
    mockRelease({ ...asset, name: 'other' });
    expect(await get()).toBeUndefined();
    nock(API).get(repositoryPath('/releases/tags/v1')).reply(404, { message: 'Not Found' });
    expect(await get()).toBeUndefined();
  });

  it('refuses what is too large, larger than stated or not what its digest says', async () => {
    mockRelease(asset);
    await expect(get(5)).rejects.toThrow(`it has ${bytes.length} bytes, at most 5 are read`);
    mockRelease({ ...asset, size: 3 });
    mockAsset();
    await expect(get(5)).rejects.toThrow('it is larger than 5 bytes');
    mockRelease({ ...asset, digest: `sha256:${'0'.repeat(64)}` });
    mockAsset();
    await expect(get()).rejects.toThrow(`it is ${digest}, GitHub states sha256:0000`);
  });
});

import fc from 'fast-check';
import nock from 'nock';
import { describe, expect, it } from 'vitest';
import { commitFile } from '../../../src/github/commit-file.ts';
import { renderSuggestion } from '../../../src/github/suggestion.ts';
import { API, mockGitHub, repository, repositoryPath, sha, testApi } from '../../support/http-mocks.ts';

mockGitHub();

const change = { path: 'quantgate.yml', before: 'a: 1\n', after: 'a: 2\n' };
const path = repositoryPath('/contents/quantgate.yml');
const base64 = (text: string) => Buffer.from(text).toString('base64');
const mockText = (text: string, blob = sha('1')) =>
  nock(API)
    .get(path)
    .query({ ref: 'topic' })
    .reply(200, {
      type: 'file',
      size: Buffer.byteLength(text),
      sha: blob,
      encoding: 'base64',
      content: base64(text),
    });
const mockPut = (blob = sha('1')) =>
  nock(API).put(path, {
    branch: 'topic',
    message: 'Ranges',
    content: base64(change.after),
    sha: blob,
  });
const commit = () => commitFile(testApi(), repository, 'topic', { ...change, message: 'Ranges' });

describe('commitFile', () => {
  it('replaces the text it was made from', async () => {
    mockText(change.before);
    mockPut().reply(200, { commit: { sha: sha('f') } });
    expect(await commit()).toEqual({ state: 'committed', commit: sha('f') });
  });

  it('reads again when the branch has moved', async () => {
    mockText(change.before);
    mockPut().reply(409, { message: 'is at f but expected e' });
    mockText(change.before, sha('2'));
    mockPut(sha('2')).reply(200, { commit: { sha: sha('f') } });
    expect(await commit()).toEqual({ state: 'committed', commit: sha('f') });
  });

  it('leaves a file that somebody has changed', async () => {
    mockText(change.before);
    mockPut().reply(409, { message: 'moved' });
    mockText('a: 3\n', sha('2'));
    expect(await commit()).toEqual({ state: 'changed-meanwhile' });
    nock(API).get(path).query(true).reply(404, { message: 'Not Found' });
    expect(await commit()).toEqual({ state: 'changed-meanwhile' });
  });

  it('does nothing where it is done', async () => {
    mockText(change.after);
    expect(await commit()).toEqual({ state: 'already' });
  });

  it('gives up when the branch moves each time, or it may not', async () => {
    for (let i = 0; i < 3; i++) {
      mockText(change.before);
      mockPut().reply(409, { message: 'moved' });
    }
    await expect(commit()).rejects.toThrow(
      'cannot commit quantgate.yml to topic: it changed in the meantime',
    );
    mockText(change.before);
    mockPut().reply(403, { message: 'no' });
    await expect(commit()).rejects.toThrow('`permissions: { contents: write }`');
  });
});

describe('renderSuggestion', () => {
  it('shows the lines that differ', () => {
    const before = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].join('\n');
    const after = before.replace('e', 'E\nE2');
    expect(renderSuggestion({ path: 'q|x.yml', before: `${before}\n`, after: `${after}\n` })).toBe(
      'In <code>q&#124;x.yml</code>, from line 2:\n\n' +
        '```diff\n b\n c\n d\n-e\n+E\n+E2\n f\n g\n h\n```\n',
    );
  });

  it('stays within its block, whatever the text is, and has both texts of what differs', () => {
    const line = fc.oneof(fc.string(), fc.constantFrom('```', '````diff', ' ```', '~~~', '', '</pre>'));
    const text = fc.array(line, { maxLength: 8 }).map((lines) => lines.join('\n'));
    fc.assert(
      fc.property(text, text, (before, after) => {
        const [, , opening, ...rest] = renderSuggestion({ path: 'x', before, after }).trimEnd().split('\n');
        const fence = /^`+/.exec(opening)![0];
        const end = rest.findIndex((each) => each.trim().startsWith(fence));
        expect(end).toBe(rest.length - 1);
        const shown = rest.slice(0, -1).map((each) => [each[0], each.slice(1)] as const);
        const of = (...marks: readonly string[]) =>
          shown.filter(([mark]) => marks.includes(mark)).map(([, each]) => each);
        const lines = (text: string) =>
          `\n${text
            .replace(/\n$/, '')
            .split(/\r\n|\r|\n/)
            .join('\n')}\n`;
        expect(lines(before)).toContain(`\n${of(' ', '-').join('\n')}`);
        expect(lines(after)).toContain(`\n${of(' ', '+').join('\n')}`);
      }),
    );
  });
});

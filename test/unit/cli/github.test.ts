import { describe, expect, it } from 'vitest';
import { connect } from '../../../src/cli/github.ts';

describe('the token of the command line', () => {
  it.each(['one\ntwo', 'one two', 'tökén', '\u200bone'])('refuses %j without printing it', (token) => {
    expect(() => connect({ GH_TOKEN: token })).toThrow(
      /^the token in GITHUB_TOKEN or GH_TOKEN has characters that no token has, such as a line end: copy it again$/,
    );
  });

  it.each([{}, { GITHUB_TOKEN: '' }, { GH_TOKEN: ' \r\n' }])('is needed, %j is none', (env) => {
    expect(() => connect(env)).toThrow('there is no token of GitHub');
  });

  it('may come with the line end of the file it was read from', () => {
    expect(() => connect({ GITHUB_TOKEN: 'one\r\n' })).not.toThrow();
  });
});

import { describe, expect, it } from 'vitest';
import { failureLine, messageOf, UserError } from '../../src/errors.ts';

const refusal = (code: string, text: string) =>
  Object.assign(new Error(`${code}: ${text}, write`), { code, errno: -28, syscall: 'write' });

describe('failureLine', () => {
  it('says what a user can mend in its own words', () => {
    expect(failureLine(new UserError('a.onnx is empty: export it again'))).toBe(
      'a.onnx is empty: export it again',
    );
  });

  it.each([
    ['ENOSPC', 'no space left on device', 'make room on the disk'],
    ['EROFS', 'read-only file system', 'choose a folder that can be written'],
    ['EACCES', 'permission denied', 'let this user read and write there'],
    ['EMFILE', 'too many open files', 'let a process open more files (ulimit -n)'],
  ])('takes %s for no defect, also behind other errors', (code, text, remedy) => {
    const line = `the system refuses (${code}: ${text}, write): ${remedy}`;
    expect(failureLine(refusal(code, text))).toBe(line);
    expect(
      failureLine(new Error('cannot', { cause: new Error('inner', { cause: refusal(code, text) }) })),
    ).toBe(line);
  });

  it('says of anything else that it is a defect', () => {
    expect(failureLine(new TypeError('x is\n no function'))).toBe(
      'unexpected error (x is no function): this is a defect of quantgate, please report it',
    );
  });
});

describe('messageOf', () => {
  const throwsIt = () => {
    throw new Error('no words');
  };

  it.each([
    ['without a prototype', Object.create(null)],
    ['whose text throws', { toString: throwsIt }],
    ['whose message throws', new Proxy(new Error('x'), { get: throwsIt })],
  ])('has words for what was thrown %s', (_, thrown) => {
    expect(messageOf(thrown)).toBe('something that cannot be shown');
  });

  it('has words for a message that is no text', () => {
    expect(messageOf(Object.assign(new Error(), { message: 5 }))).toBe('5');
  });
});

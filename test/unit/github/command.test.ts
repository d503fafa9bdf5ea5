import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Command, parseCommand, writeCommand } from '../../../src/github/command.ts';
import { sha } from '../../support/http-mocks.ts';

const anyLayer = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 100 }),
  fc.constantFrom('conv1/relu', ' a ', '"', '"a" b', 'a b', 'a\nb', 'a\r', '\u2028', '\\', '\ud800', '  '),
);
const anyReason = fc
  .string({ minLength: 1, maxLength: 300 })
  .map((reason) => reason.trim())
  .filter((reason) => reason !== '');
const anyCommand: fc.Arbitrary<Command> = fc.oneof(
  fc.constantFrom<Command>({ kind: 'help' }, { kind: 'rerun' }, { kind: 'apply' }),
  fc.record({ kind: fc.constant('explain' as const), layer: anyLayer }),
  fc.record({ kind: fc.constant('accept' as const), sha: fc.constant(sha('a')), reason: anyReason }),
);

describe('parseCommand', () => {
  it.each<[string, Command]>([
    ['/quantgate help', { kind: 'help' }],
    ['/quantgate rerun\r\nplease', { kind: 'rerun' }],
    ['/quantgate apply  ', { kind: 'apply' }],
    ['/quantgate explain conv1/relu', { kind: 'explain', layer: 'conv1/relu' }],
    ['/quantgate explain block 3 add', { kind: 'explain', layer: 'block 3 add' }],
    ['/quantgate explain "a \\"b\\" "', { kind: 'explain', layer: 'a "b" ' }],
    [
      `/quantgate accept ${sha('0')} 0.2 pp are fine`,
      { kind: 'accept', sha: sha('0'), reason: '0.2 pp are fine' },
    ],
  ])('reads %j', (body, command) => {
    expect(parseCommand(body)).toEqual(command);
  });

  it.each([
    ['', 'nothing'],
    ['/quantgate', 'no command'],
    [' /quantgate help', 'indented'],
    ['> /quantgate help', 'quoted'],
    ['hi\n/quantgate help', 'not the first line'],
    ['/Quantgate help', 'capitals'],
    ['/quantgate Help', 'capitals'],
    ['/quantgatehelp', 'one word'],
    ['/quantgate help me', 'more than the command'],
    ['/quantgate explain', 'no layer'],
    ['/quantgate explain "a', 'open quote'],
    ['/quantgate explain "a" b', 'more than the quoted'],
    ['/quantgate explain ""', 'no name'],
    [`/quantgate explain ${'x'.repeat(1001)}`, 'too long'],
    [`/quantgate accept ${sha('a')}`, 'no reason'],
    [`/quantgate accept ${sha('A')} x`, 'capitals in the commit'],
    ['/quantgate accept abc1234 x', 'short commit'],
    [`/quantgate accept ${sha('a')}0 x`, 'long commit'],
    [`/quantgate accept ${sha('a')} x\u202ey`, 'bidirectional'],
    [`/quantgate accept ${sha('a')} ${'x'.repeat(501)}`, 'long reason'],
    [`/quantgate help${' '.repeat(5000)}`, 'long line'],
    ['/quantgate accept-all', 'unknown'],
    ['/quantgate constructor', 'unknown'],
  ])('does not read %j (%s)', (body) => {
    expect(parseCommand(body)).toBeUndefined();
  });

  it('reads what writeCommand writes, whatever follows it', () => {
    fc.assert(
      fc.property(anyCommand, fc.string(), (command, rest) => {
        const line = writeCommand(command);
        expect(line).not.toMatch(/[\r\n]/);
        expect(parseCommand(`${line}\n${rest}`)).toEqual(command);
      }),
    );
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        parseCommand(text);
        parseCommand(`/quantgate ${text}`);
        parseCommand(`/quantgate explain ${text}`);
      }),
    );
  });
});

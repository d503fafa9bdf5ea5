import { describe, expect, it } from 'vitest';
import { isQuantgateAction, namesQuantgate, ownFolder } from '../../../src/github/quantgate-step.ts';

describe('what a step uses', () => {
  it.each(['quantgate/quantgate@v1', 'acme/Quantgate@main', 'a.b-c/quantgate/sub/folder@0123abc'])(
    'is quantgate: %s',
    (uses) => expect(namesQuantgate(uses)).toBe(true),
  );

  it.each([
    undefined,
    '',
    'quantgate@v1',
    'acme/quantgate',
    'acme/quantgate-notify@v1',
    'acme/tools/quantgate@v1',
    './quantgate@v1',
    '.acme/quantgate@v1',
    'docker://acme/quantgate@v1',
    'x acme/quantgate@v1',
  ])('is not: %s', (uses) => expect(namesQuantgate(uses)).toBe(false));

  it.each([
    ['./', '.'],
    ['./.', '.'],
    ['$/', '.'],
    ['./ci/judge', 'ci/judge'],
    ['./ci/judge/', 'ci/judge'],
    ['./ci/../judge', 'judge'],
    ['./..hidden', '..hidden'],
    ['$/.github/actions/judge', '.github/actions/judge'],
  ])('lies in the repository: %s', (uses, folder) => expect(ownFolder(uses)).toBe(folder));

  it.each([
    undefined,
    '',
    '.',
    'x./ci',
    'ci/judge',
    './..',
    './../x',
    './ci/../..',
    `./\${{ inputs.folder }}`,
  ])('does not lie in it: %s', (uses) => expect(ownFolder(uses)).toBeUndefined());
});

describe('an action', () => {
  it.each(['name: quantgate', "name: ' Quantgate '\ninputs: {}"])('is quantgate by its name: %j', (text) =>
    expect(isQuantgateAction(text, 'action.yml')).toBe(true),
  );

  it.each([
    '',
    'name: quantgate-notify',
    'name: my quantgate',
    'name: [quantgate]',
    'title: quantgate',
    'name: [',
  ])('is not: %j', (text) => expect(isQuantgateAction(text, 'action.yml')).toBe(false));
});

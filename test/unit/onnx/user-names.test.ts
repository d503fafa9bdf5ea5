import { expect, it } from 'vitest';
import type { NodeProto } from '../../../src/onnx/gen/onnx_pb.ts';
import { makeNode, viewGraph } from '../../../src/onnx/graph.ts';
import { originalWeightNames } from '../../../src/onnx/user-names.ts';
import { floats, makeModel } from '../../support/models.ts';

const inputs = [{ name: 'x', dims: [1, 1, 4, 4] }];
const outputs = [{ name: 'y', dims: [1, 1, 4, 4] }];
const constantsOf = (names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, floats([1], [1])]));

/** The names found for the weights of `after`, given the nodes and constants of the user's file. */
function namesFor(before: NodeProto[], constants: string[], after: NodeProto[], made: string[]) {
  const original = makeModel({ nodes: before, inputs, outputs, constants: constantsOf(constants) });
  const simplified = makeModel({ nodes: after, inputs, outputs, constants: constantsOf(made) });
  return Object.fromEntries(originalWeightNames(original, viewGraph(simplified)));
}

const conv = makeNode('Conv', ['x', 'w', 'b'], ['c']);
const folded = [makeNode('Conv', ['x', 'new-w', 'new-b'], ['y'])];
const made = ['new-w', 'new-b'];
const factor = (from: string, to: string) => makeNode('Mul', [from, 'k'], [to]);

it('weights into which BatchNormalization was folded are called as in the user’s file', () => {
  const norm = makeNode('BatchNormalization', ['c', 's', 'o', 'm', 'v'], ['y']);
  expect(namesFor([conv, norm], ['w', 'b', 's', 'o', 'm', 'v'], folded, made)).toEqual({
    'new-w': 'w',
    'new-b': 'b',
  });
});

it('a bias that folding invented has no name in the user’s file', () => {
  const plain = makeNode('Conv', ['x', 'w'], ['c']);
  expect(namesFor([plain, factor('c', 'y')], ['w', 'k'], folded, made)).toEqual({ 'new-w': 'w' });
  const empty = makeNode('Conv', ['x', 'w', ''], ['c']);
  expect(namesFor([empty, factor('c', 'y')], ['w', 'k'], folded, made)).toEqual({ 'new-w': 'w' });
});

it('names that the user’s file has are left alone, and so is an input that is left out', () => {
  const others = [makeNode('Conv', ['x', 'w', ''], ['h']), makeNode('Conv', ['h', 'new-w', 'b'], ['y'])];
  const first = makeNode('Conv', ['x', 'w', 'b'], ['h']);
  const second = makeNode('Conv', ['h', 'v', 'b'], ['c']);
  expect(
    namesFor([first, second, factor('c', 'y')], ['w', 'v', 'b', 'k'], others, ['w', 'new-w', 'b']),
  ).toEqual({
    'new-w': 'v',
  });
});

it('the operator is found behind at most three others that were folded into it', () => {
  const names = ['c', 'd', 'e', 'f', 'y'];
  const chain = (length: number) => {
    const between = [...names.slice(0, length), 'y'];
    return [conv, ...between.slice(1).map((to, i) => factor(between[i], to))];
  };
  expect(chain(3).map((node) => node.output[0])).toEqual(['c', 'd', 'e', 'y']);
  expect(namesFor(chain(3), ['w', 'b', 'k'], folded, made)).toEqual({ 'new-w': 'w', 'new-b': 'b' });
  expect(namesFor(chain(4), ['w', 'b', 'k'], folded, made)).toEqual({});
});

it('the way back leads past factors that are Constant nodes', () => {
  const before = [makeNode('Constant', [], ['k']), conv, makeNode('Mul', ['k', 'c'], ['y'])];
  expect(namesFor(before, ['w', 'b'], folded, made)).toEqual({ 'new-w': 'w', 'new-b': 'b' });
});

it('there is no name where the user’s file has no such operator, or no such tensor', () => {
  expect(namesFor([makeNode('Mul', ['x', 'k'], ['y'])], ['k'], folded, made)).toEqual({});
  const elsewhere = [makeNode('Conv', ['x', 'new-w', 'new-b'], ['other'])];
  expect(namesFor([conv, factor('c', 'y')], ['w', 'b', 'k'], elsewhere, made)).toEqual({});
});

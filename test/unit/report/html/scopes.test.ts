import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodesWithin, scopeTree } from '../../../../src/report/html/view/scopes.ts';

describe('name scopes', () => {
  it('hold the nodes whose names begin with them', () => {
    const tree = scopeTree(['input', '/a/x/Conv', '/a/x/Relu', '/a/y/Conv', '/a/y/Add', '/b/Conv', '/b/Add']);
    expect(tree.nodes).toEqual([0]);
    expect(tree.scopes.map(({ id, label }) => [id, label])).toEqual([
      ['/a', 'a'],
      ['/b', 'b'],
    ]);
    expect(tree.scopes[0].scopes.map(({ label, nodes }) => [label, nodes])).toEqual([
      ['x', [1, 2]],
      ['y', [3, 4]],
    ]);
  });

  it('that hold nothing but another one are that one, and those of one node are the node', () => {
    const tree = scopeTree(['/model/block/x/Conv', '/model/block/x/Relu', '/lone/Conv']);
    expect(tree.scopes.map(({ label }) => label)).toEqual(['model/block/x']);
    expect(tree.nodes).toEqual([2]);
  });

  it('of many names without any are parts in the order of the graph', () => {
    const tree = scopeTree(Array.from({ length: 400 }, (_, i) => `Conv_${i}`));
    expect(tree.nodes).toEqual([]);
    expect(tree.scopes).toHaveLength(20);
    expect(tree.scopes[1]).toMatchObject({ label: 'Conv_20 … Conv_39' });
  });

  it('hold every node once, whatever the names', () => {
    const names = fc.array(fc.string({ unit: fc.constantFrom('/', 'a', 'b', '.'), maxLength: 12 }), {
      maxLength: 300,
    });
    fc.assert(
      fc.property(names, (all) => {
        const within = nodesWithin(scopeTree(all));
        expect(within.toSorted((a, b) => a - b)).toEqual(all.map((_, i) => i));
      }),
    );
  });
});

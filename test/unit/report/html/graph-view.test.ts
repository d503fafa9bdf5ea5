import { describe, expect, it } from 'vitest';
import { drawnGraph, everyScope, firstOpen, heatOf } from '../../../../src/report/html/view/graph-view.ts';
import { layerRows } from '../../../../src/report/html/view/layer-rows.ts';
import { scopeTree } from '../../../../src/report/html/view/scopes.ts';
import { attributed } from '../../../support/sample-reports.ts';

const names = ['x', '/a/Conv', '/a/Relu', '/b/Conv', '/b/Relu', 'sum'];
const reads = [[], [0], [1], [0], [3], [2, 4]];
const graph = { nodes: names.map((name, i) => ({ name, op: 'Op', reads: reads[i] })), more: 0 };
const heat = {
  values: new Map([
    ['/a/Conv', 0.2],
    ['/b/Conv', 0.5],
  ]),
  text: String,
  what: 'of all',
  hot: 0,
  together: (values: readonly number[]) => values.reduce((a, b) => a + b, 0),
};
const state = { graph, tree: scopeTree(names), heat };

describe('the graph that is drawn', () => {
  it('has folded scopes as one node with the noise of all their layers, and edges between what is drawn', () => {
    const { nodes, edges } = drawnGraph(state, new Set());
    expect(nodes.map(({ id, size, heat }) => [id, size, heat])).toEqual([
      ['node 0', 1, undefined],
      ['node 5', 1, undefined],
      ['scope /a', 2, 0.2],
      ['scope /b', 2, 0.5],
    ]);
    expect(edges).toEqual([
      ['node 0', 'scope /a'],
      ['node 0', 'scope /b'],
      ['scope /a', 'node 5'],
      ['scope /b', 'node 5'],
    ]);
  });

  it('has every node once all scopes are unfolded', () => {
    const { nodes, edges } = drawnGraph(state, new Set(everyScope(state.tree)));
    expect(nodes.map(({ name }) => name).sort()).toEqual([...names].sort());
    expect(edges).toHaveLength(6);
  });

  it('unfolds the scopes with the most noise first, as far as there is room', () => {
    expect([...firstOpen(state, 4)]).toEqual([]);
    expect([...firstOpen(state, 5)]).toEqual(['/b']);
    expect([...firstOpen(state, 6)]).toEqual(['/b', '/a']);
  });
});

describe('what a graph is coloured by', () => {
  it('is output noise, and bits lost where no layer was measured alone', () => {
    const rows = layerRows(attributed);
    expect(heatOf(rows)).toMatchObject({ what: 'of the output noise' });
    expect(heatOf(rows).values.get('dw13/conv')).toBeCloseTo(0.05 / 0.082);
    const unknown = rows.map((row) => ({ ...row, noise: undefined }));
    expect(heatOf(unknown)).toMatchObject({ what: 'bits lost' });
    expect([...heatOf(unknown).values]).toEqual([
      ['/conv1/Conv', 1.31],
      ['dw13/conv', 0.01],
    ]);
  });
});

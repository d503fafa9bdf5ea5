import { graphlib, layout } from '@dagrejs/dagre';
import type { DrawnGraph, DrawnNode } from './graph-view.ts';

export interface PlacedNode extends DrawnNode {
  /** Its middle. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface PlacedEdge {
  readonly from: string;
  readonly to: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

export interface PlacedGraph {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
}

const HEIGHT = 40;
const CHARACTER = 7;
/** Beyond so many nodes the ranks that look best take longer than people wait. */
const MANY = 400;

/** Where everything of a graph is drawn, from top to bottom. */
export function placedGraph({ nodes, edges }: DrawnGraph): PlacedGraph {
  const graph = new graphlib.Graph();
  graph.setGraph({
    rankdir: 'TB',
    nodesep: 18,
    ranksep: 26,
    marginx: 12,
    marginy: 12,
    ranker: nodes.length > MANY ? 'longest-path' : 'network-simplex',
  });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of nodes) graph.setNode(node.id, { width: widthOf(node), height: HEIGHT });
  for (const [from, to] of edges) graph.setEdge(from, to);
  layout(graph);
  const { width = 0, height = 0 } = graph.graph();
  return {
    width,
    height,
    nodes: nodes.map((node) => {
      const { x = 0, y = 0, width: own = 0 } = graph.node(node.id);
      return { ...node, x, y, width: own, height: HEIGHT };
    }),
    edges: edges.map(([from, to]) => ({ from, to, points: graph.edge(from, to).points ?? [] })),
  };
}

/** Of the two lines in it. */
function widthOf({ label, op }: DrawnNode): number {
  const longest = Math.max(Math.min(label.length, 28), op.length + 7);
  return Math.max(86, 22 + longest * CHARACTER);
}

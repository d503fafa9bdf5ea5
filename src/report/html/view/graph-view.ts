import { tinyShare } from '../../../words/ranges.ts';
import type { ModelReport } from '../../report-schema.ts';
import type { LayerRow } from './layer-rows.ts';
import { type NameScope, nodesWithin } from './scopes.ts';

type ModelGraph = NonNullable<ModelReport['graph']>;

/** A node, or a scope that is folded, as it is drawn. */
export interface DrawnNode {
  readonly id: string;
  readonly label: string;
  readonly op: string;
  /** The scope, where this is one. */
  readonly scope: string | undefined;
  /** The layer, where this is one node. */
  readonly name: string | undefined;
  /** How many nodes it stands for. */
  readonly size: number;
  /** Of all its layers together; undefined where none has any. */
  readonly heat: number | undefined;
}

export interface DrawnGraph {
  readonly nodes: readonly DrawnNode[];
  readonly edges: readonly (readonly [from: string, to: string])[];
}

export interface GraphState {
  readonly graph: ModelGraph;
  readonly tree: NameScope;
  readonly heat: Heat;
}

/** What a graph is coloured by. */
export interface Heat {
  /** By layer. */
  readonly values: ReadonlyMap<string, number>;
  /** In a few characters. */
  text(value: number): string;
  /** What the text is of. */
  readonly what: string;
  /** Less than this is not hot, though nothing else is hotter. */
  readonly hot: number;
  together(values: readonly number[]): number;
}

/** The output noise of layers; where none was measured alone, the bits that they lose. */
export function heatOf(rows: readonly LayerRow[]): Heat {
  const valuesOf = (pick: (row: LayerRow) => number | undefined) =>
    new Map(
      rows.flatMap((row) => {
        const value = pick(row);
        return value === undefined ? [] : [[row.name, value] as const];
      }),
    );
  const noise = valuesOf((row) => row.noise);
  if (noise.size > 0)
    return {
      values: noise,
      text: tinyShare,
      what: 'of the output noise',
      hot: 0,
      together: (values) => values.reduce((sum, each) => sum + each, 0),
    };
  return {
    values: valuesOf(({ bitsLost }) => bitsLost),
    text: (value) => value.toFixed(2),
    what: 'bits lost',
    hot: 0.5,
    together: (values) => Math.max(...values),
  };
}

/** The graph with these scopes unfolded. */
export function drawnGraph({ graph, tree, heat }: GraphState, open: ReadonlySet<string>): DrawnGraph {
  const nodes: DrawnNode[] = [];
  const idOf = new Map<number, string>();
  const draw = (scope: NameScope) => {
    for (const index of scope.nodes) {
      const { name, op } = graph.nodes[index];
      const id = `node ${index}`;
      idOf.set(index, id);
      nodes.push({
        id,
        label: shortName(name),
        op,
        scope: undefined,
        name,
        size: 1,
        heat: heat.values.get(name),
      });
    }
    for (const below of scope.scopes) {
      if (open.has(below.id)) draw(below);
      else {
        const within = nodesWithin(below);
        const id = `scope ${below.id}`;
        for (const index of within) idOf.set(index, id);
        const op = `${within.length} operators`;
        const all = heatWithin(within, { graph, heat });
        nodes.push({
          id,
          label: below.label,
          op,
          scope: below.id,
          name: undefined,
          size: within.length,
          heat: all,
        });
      }
    }
  };
  draw(tree);
  const edges = new Map<string, [string, string]>();
  graph.nodes.forEach(({ reads }, index) => {
    for (const read of reads) {
      const [from, to] = [idOf.get(read), idOf.get(index)];
      if (from !== undefined && to !== undefined && from !== to) edges.set(`${from}\n${to}`, [from, to]);
    }
  });
  return { nodes, edges: [...edges.values()] };
}

function heatWithin(
  nodes: readonly number[],
  { graph, heat }: Pick<GraphState, 'graph' | 'heat'>,
): number | undefined {
  const known = nodes.flatMap((index) => heat.values.get(graph.nodes[index].name) ?? []);
  return known.length === 0 ? undefined : heat.together(known);
}

/** The last part of a name, with the one before it where the last says no more than the operator. */
export function shortName(name: string): string {
  const parts = name.split('/').filter((part) => part !== '');
  return parts.slice(-2).join('/') || name;
}

/** The scopes to unfold at first: the hottest, as long as no more than so many nodes are drawn. */
export function firstOpen(state: GraphState, most: number): Set<string> {
  const open = new Set<string>();
  let shown = state.tree.nodes.length + state.tree.scopes.length;
  const waiting = [...state.tree.scopes];
  while (waiting.length > 0) {
    const fitting = waiting.filter((scope) => shown + cost(scope) <= most);
    if (fitting.length === 0) break;
    const weigh = (scope: NameScope) => heatWithin(nodesWithin(scope), state) ?? -1;
    const next = fitting.reduce((best, each) => (weigh(each) > weigh(best) ? each : best));
    waiting.splice(waiting.indexOf(next), 1);
    open.add(next.id);
    shown += cost(next);
    waiting.push(...next.scopes);
  }
  return open;
}

function cost({ nodes, scopes }: NameScope): number {
  return nodes.length + scopes.length - 1;
}

/** All scopes that can be unfolded. */
export function everyScope({ scopes }: NameScope): string[] {
  return scopes.flatMap((scope) => [scope.id, ...everyScope(scope)]);
}

/** The scopes that hold a node, the outermost first. */
export function scopesAround({ scopes }: NameScope, node: number): string[] {
  for (const scope of scopes)
    if (nodesWithin(scope).includes(node)) return [scope.id, ...scopesAround(scope, node)];
  return [];
}

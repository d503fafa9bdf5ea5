/** Nodes under one name scope, or a node by itself. */
export interface NameScope {
  /** Unique: the path of the scope. */
  readonly id: string;
  /** What it is called within the scope around it. */
  readonly label: string;
  readonly scopes: readonly NameScope[];
  /** Indices of nodes that are in no scope below this one. */
  readonly nodes: readonly number[];
}

/** Nodes without scopes that are still drawn one by one. */
const MOST_LOOSE = 150;

/** The scopes of a name: `/layer1/conv/Conv` is in `layer1` and in `layer1/conv`. */
export function scopesOf(name: string): string[] {
  const parts = name.split('/').filter((part) => part !== '');
  return parts.slice(0, -1);
}

/**
 * Nodes by the scopes of their names. A scope with nothing in it but another one is that one; where names have no scopes and
 * the nodes are many, as many as make about equal parts stand together in the order of the graph.
 */
export function scopeTree(names: readonly string[]): NameScope {
  const root = growing('', '');
  names.forEach((name, index) => {
    let scope = root;
    for (const part of scopesOf(name)) {
      const id = `${scope.id}/${part}`;
      let next = scope.children.get(part);
      if (next === undefined) {
        next = growing(id, part);
        scope.children.set(part, next);
      }
      scope = next;
    }
    scope.nodes.push(index);
  });
  const tree = grown(root);
  return tree.nodes.length > MOST_LOOSE
    ? { ...tree, scopes: [...tree.scopes, ...inParts(tree.nodes, names)], nodes: [] }
    : tree;
}

interface Growing {
  readonly id: string;
  readonly label: string;
  readonly children: Map<string, Growing>;
  readonly nodes: number[];
}

function growing(id: string, label: string): Growing {
  return { id, label, children: new Map(), nodes: [] };
}

function grown({ id, label, children, nodes }: Growing): NameScope {
  const scopes = [...children.values()].map(grown);
  const [only] = scopes;
  if (id !== '' && scopes.length === 1 && nodes.length === 0)
    return { ...only, label: `${label}/${only.label}` };
  // A scope of one node is that node.
  const single = scopes.filter((scope) => scope.scopes.length === 0 && scope.nodes.length === 1);
  const rest = scopes.filter((scope) => !single.includes(scope));
  return {
    id,
    label,
    scopes: rest,
    nodes: [...nodes, ...single.flatMap((scope) => scope.nodes)].sort((a, b) => a - b),
  };
}

function inParts(nodes: readonly number[], names: readonly string[]): NameScope[] {
  const size = Math.ceil(Math.sqrt(nodes.length));
  return Array.from({ length: Math.ceil(nodes.length / size) }, (_, i) => {
    const part = nodes.slice(i * size, (i + 1) * size);
    const label = `${names[part[0]]} … ${names[part[part.length - 1]]}`;
    return { id: `#${i}`, label, scopes: [], nodes: part };
  });
}

/** All nodes of a scope and of those below it. */
export function nodesWithin({ nodes, scopes }: NameScope): number[] {
  return [...nodes, ...scopes.flatMap(nodesWithin)];
}

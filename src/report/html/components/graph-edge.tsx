import type { PlacedEdge } from '../view/graph-layout.ts';

/** A smooth line through the points of an edge. */
export function GraphEdge({ points }: Pick<PlacedEdge, 'points'>) {
  return <path class="edge" d={pathThrough(points)} marker-end="url(#arrow)" />;
}

function pathThrough(points: PlacedEdge['points']): string {
  const at = ({ x, y }: { readonly x: number; readonly y: number }) => `${x.toFixed(1)} ${y.toFixed(1)}`;
  const [first, ...rest] = points;
  if (first === undefined) return '';
  const last = rest.at(-1) ?? first;
  const curves = rest.slice(0, -1).map((point, i) => {
    const next = rest[i + 1];
    const isLast = i === rest.length - 2;
    const to = isLast ? next : { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 };
    return `Q${at(point)} ${at(to)}`;
  });
  return `M${at(first)}${curves.length === 0 ? `L${at(last)}` : curves.join('')}`;
}

import type { PlacedNode } from '../view/graph-layout.ts';

interface Props {
  readonly node: PlacedNode;
  /** How it is coloured, from 0 to 1. */
  readonly shade: number;
  /** Its heat in words, and what these are of; empty where it has none. */
  readonly share: string;
  readonly what: string;
  readonly isChosen: boolean;
  /** Undefined where nothing more is known of it. */
  readonly onClick: (() => void) | undefined;
}

/** An operator, or a folded scope of them. */
export function GraphNode({ node, shade, share, what, isChosen, onClick }: Props) {
  const { x, y, width, height, label, op, name, scope } = node;
  const isScope = scope !== undefined;
  const title = [
    isScope ? `Unfold ${scope.slice(1)}: ${op}` : `${name} (${op})`,
    ...(share === '' ? [] : [`${share} ${what}`]),
  ].join(', ');
  const kind = isScope ? 'scope' : op === 'Input' || op === 'Output' ? 'port' : 'operator';
  const press = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    onClick?.();
  };
  const button = onClick && {
    role: 'button' as const,
    tabindex: 0,
    onClick,
    onKeyDown: press,
  };
  return (
    <g
      class={`node ${kind} ${isChosen ? 'chosen' : ''} ${onClick ? 'live' : ''}`}
      transform={`translate(${x - width / 2} ${y - height / 2})`}
      {...button}
    >
      <title>{title}</title>
      {isScope && <rect class="behind" x={4} y={-4} width={width} height={height} rx={6} />}
      <rect
        class="body"
        width={width}
        height={height}
        rx={6}
        style={{ '--heat-share': `${(100 * shade).toFixed(0)}%` }}
      />
      <text x={10} y={16} class="label">
        {label.length > 30 ? `…${label.slice(-29)}` : label}
      </text>
      <text x={10} y={32} class="op">
        {op}
      </text>
      {share !== '' && (
        <text x={width - 8} y={32} text-anchor="end" class="share">
          {share}
        </text>
      )}
    </g>
  );
}

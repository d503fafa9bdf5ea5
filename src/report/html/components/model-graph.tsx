import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { count } from '../../../words/counts.ts';
import type { ModelReport } from '../../report-schema.ts';
import { type PlacedNode, placedGraph } from '../view/graph-layout.ts';
import { drawnGraph, everyScope, firstOpen, heatOf, scopesAround } from '../view/graph-view.ts';
import type { LayerRow } from '../view/layer-rows.ts';
import { scopeTree } from '../view/scopes.ts';
import { GraphEdge } from './graph-edge.tsx';
import { GraphNode } from './graph-node.tsx';

interface Props {
  readonly graph: NonNullable<ModelReport['graph']>;
  readonly rows: readonly LayerRow[];
  readonly chosen: string | undefined;
  readonly onChoose: (layer: string) => void;
}

/** Nodes that are drawn at first, and beyond which all are not unfolded at once. */
const [AT_FIRST, AT_MOST] = [60, 1500];

/** The user's graph, coloured by what each layer makes of the output noise, with its name scopes to fold. */
export function ModelGraph({ graph, rows, chosen, onChoose }: Props) {
  const state = useMemo(
    () => ({ graph, heat: heatOf(rows), tree: scopeTree(graph.nodes.map(({ name }) => name)) }),
    [graph, rows],
  );
  const [open, setOpen] = useState(() => firstOpen(state, AT_FIRST));
  const [zoom, setZoom] = useState(1);
  const frame = useRef<HTMLElement>(null);
  const placed = useMemo(() => placedGraph(drawnGraph(state, open)), [state, open]);
  const top = placed.nodes.reduce((most, { heat = 0 }) => Math.max(most, heat), state.heat.hot);
  const layers = useMemo(() => new Set(rows.map(({ name }) => name)), [rows]);
  const scopes = everyScope(state.tree);
  // A layer that is chosen elsewhere is shown here, however deep it is folded.
  useEffect(() => {
    const index = graph.nodes.findIndex(({ name }) => name === chosen);
    const around = index < 0 ? [] : scopesAround(state.tree, index);
    if (around.some((scope) => !open.has(scope))) setOpen(new Set([...open, ...around]));
  }, [chosen, state]);
  useEffect(() => {
    const node = placed.nodes.find(({ name }) => name !== undefined && name === chosen);
    if (node !== undefined && frame.current !== null) bringIntoView(frame.current, node, zoom);
  }, [chosen, placed]);
  const toggle = (scope: string) => {
    const next = new Set(open);
    if (!next.delete(scope)) next.add(scope);
    setOpen(next);
  };
  const fit = () => setZoom(Math.min((frame.current?.clientWidth ?? 800) / placed.width, 1));
  return (
    <>
      <div class="tools">
        {scopes.length > 0 && (
          <>
            <button
              type="button"
              disabled={graph.nodes.length > AT_MOST}
              onClick={() => setOpen(new Set(scopes))}
            >
              Unfold all
            </button>
            <button type="button" onClick={() => setOpen(new Set())}>
              Fold all
            </button>
          </>
        )}
        <span class="group">
          <button type="button" aria-label="Smaller" onClick={() => setZoom(Math.max(zoom / 1.25, 0.1))}>
            −
          </button>
          <button type="button" aria-label="Larger" onClick={() => setZoom(Math.min(zoom * 1.25, 4))}>
            +
          </button>
          <button type="button" onClick={fit}>
            Fit width
          </button>
        </span>
        <output>
          {count(placed.nodes.length)} drawn of {count(graph.nodes.length + graph.more)} operators
        </output>
        <span class="heat" aria-hidden="true">
          none <i /> {state.heat.text(top)} {state.heat.what}
        </span>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard */}
      <section class="graph" ref={frame} tabIndex={0} aria-label="Graph of the model">
        {/* biome-ignore lint/a11y/noSvgWithoutTitle: the section has it, and each node its own */}
        <svg
          width={placed.width * zoom}
          height={placed.height * zoom}
          viewBox={`0 0 ${placed.width} ${placed.height}`}
        >
          <defs>
            <marker
              id="arrow"
              viewBox="0 0 8 8"
              refX="7"
              refY="4"
              markerWidth="6"
              markerHeight="6"
              orient="auto-start-reverse"
            >
              <path d="M0 0 8 4 0 8z" />
            </marker>
          </defs>
          {placed.edges.map((edge) => (
            <GraphEdge key={`${edge.from} ${edge.to}`} points={edge.points} />
          ))}
          {placed.nodes.map((node) => (
            <GraphNode
              key={node.id}
              node={node}
              shade={top > 0 ? Math.sqrt((node.heat ?? 0) / top) : 0}
              share={node.heat === undefined ? '' : state.heat.text(node.heat)}
              what={state.heat.what}
              isChosen={node.name !== undefined && node.name === chosen}
              onClick={
                node.scope !== undefined
                  ? () => toggle(node.scope!)
                  : layers.has(node.name!)
                    ? () => onChoose(node.name!)
                    : undefined
              }
            />
          ))}
        </svg>
      </section>
      <OpenScopes open={open} onFold={toggle} />
    </>
  );
}

/** Scrolls a frame, and not the page, to a node that is out of it. */
function bringIntoView(frame: HTMLElement, { x, y, height }: PlacedNode, zoom: number) {
  const { scrollTop, scrollLeft, clientHeight, clientWidth } = frame;
  const [left, top] = [x * zoom, y * zoom];
  const isSeen =
    top - height > scrollTop &&
    top + height < scrollTop + clientHeight &&
    left > scrollLeft &&
    left < scrollLeft + clientWidth;
  if (!isSeen) frame.scrollTo(left - clientWidth / 2, top - clientHeight / 2);
}

/** What is unfolded, to fold it again. */
function OpenScopes({
  open,
  onFold,
}: {
  readonly open: ReadonlySet<string>;
  readonly onFold: (scope: string) => void;
}) {
  if (open.size === 0) return null;
  return (
    <details class="scopes">
      <summary>{count(open.size)} scopes are unfolded</summary>
      {[...open].sort().map((scope) => (
        <button type="button" key={scope} onClick={() => onFold(scope)} aria-label={`Fold ${scope}`}>
          {scope.slice(1)} ×
        </button>
      ))}
    </details>
  );
}

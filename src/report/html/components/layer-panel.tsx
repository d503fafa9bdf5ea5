import { useEffect, useRef } from 'preact/hooks';
import type { JudgedTarget, LayerReport, ModelReport } from '../../report-schema.ts';
import { LayerDetails } from './layer-details.tsx';
import { WrappingName } from './wrapping-name.tsx';

interface Props {
  readonly layer: LayerReport;
  readonly target: JudgedTarget;
  readonly leaders: ModelReport['leaders'];
  readonly onChoose: (layer: string) => void;
  readonly onClose: () => void;
}

/** One layer beside the page, with the ways to the next and the previous one by what they cost. */
export function LayerPanel({ layer, target, leaders, onChoose, onClose }: Props) {
  const panel = useRef<HTMLElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const before = useRef<Element | null>(null);
  useEffect(() => {
    before.current = document.activeElement;
    const close = (event: KeyboardEvent) => event.key === 'Escape' && onClose();
    document.addEventListener('keydown', close);
    return () => {
      document.removeEventListener('keydown', close);
      if (before.current instanceof HTMLElement || before.current instanceof SVGElement)
        before.current.focus({ preventScroll: true });
    };
  }, []);
  useEffect(() => {
    panel.current?.scrollTo(0, 0);
    heading.current?.focus({ preventScroll: true });
  }, [layer.name]);
  const ranked = (rank: number | undefined) =>
    target.layers.find((each) => rank !== undefined && each.rank === rank)?.name;
  const [previous, next] = layer.rank === undefined ? [] : [ranked(layer.rank - 1), ranked(layer.rank + 1)];
  return (
    <aside class="panel" aria-labelledby="layer" ref={panel}>
      <header>
        <h3 id="layer" ref={heading} tabIndex={-1}>
          <WrappingName name={layer.name} />
        </h3>
        <span class="group">
          <button
            type="button"
            aria-label="The layer that costs more"
            disabled={previous === undefined}
            onClick={() => previous !== undefined && onChoose(previous)}
          >
            ↑
          </button>
          <button
            type="button"
            aria-label="The layer that costs less"
            disabled={next === undefined}
            onClick={() => next !== undefined && onChoose(next)}
          >
            ↓
          </button>
          <button type="button" aria-label="Close" onClick={onClose}>
            ×
          </button>
        </span>
      </header>
      <p class="soft">
        {layer.op} on {target.target}
      </p>
      <LayerDetails {...{ layer, target, leaders }} />
    </aside>
  );
}

import { useEffect, useRef } from 'preact/hooks';
import { count } from '../../../words/counts.ts';
import { magnitude, rangeText, tinyShare } from '../../../words/ranges.ts';
import type { JudgedTarget, LayerReport, TensorReport } from '../../report-schema.ts';
import { gridBitsOf } from '../view/layer-rows.ts';
import { ShareBar, ShareLegend } from './share-bar.tsx';

interface Props {
  readonly layer: LayerReport;
  readonly target: JudgedTarget;
  readonly onClose: () => void;
}

/** All that is known of one layer. */
export function LayerPanel({ layer, target, onClose }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    heading.current?.focus({ preventScroll: true });
    const close = (event: KeyboardEvent) => event.key === 'Escape' && onClose();
    document.addEventListener('keydown', close);
    return () => {
      document.removeEventListener('keydown', close);
      before?.focus({ preventScroll: true });
    };
  }, []);
  const { name, op, tensors, shares } = layer;
  return (
    <aside class="panel" aria-labelledby="layer">
      <header>
        <h3 id="layer" ref={heading} tabIndex={-1}>
          {name}
        </h3>
        <button type="button" aria-label="Close" onClick={onClose}>
          ×
        </button>
      </header>
      <p class="soft">
        {op} on {target.target}
      </p>
      <dl class="facts">
        {factsOf(layer, target).map(([term, value]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {shares !== undefined && (
        <>
          <h4>Its own error is made by</h4>
          <ShareBar shares={shares} />
          <ShareLegend />
        </>
      )}
      {tensors.map((tensor) => (
        <TensorView
          key={`${tensor.kind} ${tensor.name}`}
          tensor={tensor}
          bits={gridBitsOf(tensor, layer, target.scheme)}
        />
      ))}
    </aside>
  );
}

function factsOf(layer: LayerReport, { attribution }: JudgedTarget): [string, string][] {
  const { rank, impact, worstSample, kl, sqnrDb, cumulativeNsr, clipRate, accumulator } = layer;
  const full = attribution?.fullNsr ?? 0;
  const decibels = (nsr: number) => `${(-10 * Math.log10(nsr)).toFixed(1)} dB`;
  const facts: [string, string | undefined][] = [
    ['Rank', rank?.toString()],
    ['Output noise', impact !== undefined && full > 0 ? `${tinyShare(impact / full)} of all` : undefined],
    ['KL of the outputs', kl === undefined ? undefined : `${magnitude(kl)} nats`],
    ['Worst probe sample', worstSample ? `${tinyShare(worstSample)} of it` : undefined],
    ['SQNR alone', sqnrDb === undefined ? undefined : `${sqnrDb.toFixed(1)} dB`],
    ['SQNR in the whole model', cumulativeNsr ? decibels(cumulativeNsr) : undefined],
    ['Clipped inputs', clipRate === undefined ? undefined : clipRate === 0 ? 'none' : tinyShare(clipRate)],
    [
      'Accumulator',
      accumulator &&
        `int${accumulator.bits}, ${accumulator.headroomBits.toFixed(1)} bits to spare${accumulator.overflows > 0 ? `, ${count(accumulator.overflows)} overflows` : ''}`,
    ],
  ];
  return facts.flatMap(([term, value]) => (value === undefined ? [] : [[term, value]]));
}

const kinds = { 'input-activation': 'reads', 'output-activation': 'makes', weight: 'weight' } as const;

function TensorView({ tensor, bits }: { readonly tensor: TensorReport; readonly bits: number }) {
  const { name, kind, effectiveBits, bitsLost, clipShare, scale, zeroPoint, suggested } = tensor;
  return (
    <section class="tensor">
      <h4>
        <span class="kind">{kinds[kind]}</span> {name}
      </h4>
      <dl class="facts">
        <div>
          <dt>Range now</dt>
          <dd>{rangeText(tensor)}</dd>
        </div>
        {suggested && (
          <div>
            <dt>Suggested</dt>
            <dd>
              {rangeText(suggested)}, {suggested.predictedGainDb.toFixed(1)} dB predicted
            </dd>
          </div>
        )}
        {effectiveBits !== undefined && (
          <div>
            <dt>Effective bits</dt>
            <dd>
              {effectiveBits.toFixed(2)} of {bits}
              {bitsLost !== undefined && `, ${bitsLost.toFixed(2)} lost`}
            </dd>
          </div>
        )}
        {clipShare !== undefined && (
          <div>
            <dt>Noise by clipping</dt>
            <dd>{tinyShare(clipShare)}</dd>
          </div>
        )}
        <div>
          <dt>Scale</dt>
          <dd>
            {typeof scale === 'number'
              ? magnitude(scale)
              : `${magnitude(scale.min)} … ${magnitude(scale.max)} of ${'channels' in scale ? `${count(scale.channels)} channels` : `${count(scale.blocks)} blocks`}`}
            {zeroPoint !== undefined && `, zero point ${zeroPoint}`}
          </dd>
        </div>
      </dl>
    </section>
  );
}

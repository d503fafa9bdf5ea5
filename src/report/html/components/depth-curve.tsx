import type { LayerReport } from '../../report-schema.ts';
import { linearScale, padded, roundTicks } from '../view/drawing-scale.ts';

const [WIDTH, HEIGHT, LEFT] = [1000, 130, 60];

/** The SQNR of every layer's output in the quantized model, along the graph. */
export function DepthCurve({ layers }: { readonly layers: readonly LayerReport[] }) {
  const points = layers.flatMap(({ cumulativeNsr }, index) =>
    cumulativeNsr === undefined || cumulativeNsr === 0
      ? []
      : [{ index, db: -10 * Math.log10(cumulativeNsr) }],
  );
  if (points.length < 3) return null;
  const domain = padded(
    points.map(({ db }) => db),
    0.08,
  );
  const x = linearScale([0, layers.length - 1], [LEFT, WIDTH - 8]);
  const y = linearScale(domain, [HEIGHT - 6, 6]);
  const path = points
    .map(({ index, db }, i) => `${i === 0 ? 'M' : 'L'}${x(index).toFixed(1)} ${y(db).toFixed(1)}`)
    .join('');
  const title = `SQNR of the outputs of the layers, from ${points[0].db.toFixed(1)} dB to ${points.at(-1)!.db.toFixed(1)} dB`;
  return (
    <details>
      <summary>SQNR along the graph</summary>
      <svg class="curve" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={title}>
        <title>{title}</title>
        {roundTicks(domain[0], domain[1], 4).map((tick) => (
          <g key={tick}>
            <line class="rule" x1={LEFT} x2={WIDTH} y1={y(tick)} y2={y(tick)} />
            <text class="tick" x={LEFT - 8} y={y(tick) + 4} text-anchor="end">
              {Number(tick.toPrecision(6))} dB
            </text>
          </g>
        ))}
        <path class="line" d={path} />
      </svg>
      <p class="soft">
        Errors add up from layer to layer: the curve falls with depth and does not say which layer is to
        blame.
      </p>
    </details>
  );
}

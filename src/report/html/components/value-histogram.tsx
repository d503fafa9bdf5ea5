import { count } from '../../../words/counts.ts';
import { magnitude, rangeText } from '../../../words/ranges.ts';
import { linearScale, roundTicks } from '../view/drawing-scale.ts';
import { binHeights, type DrawnRange, type TensorHistogram, valueDomain } from '../view/tensor-view.ts';

interface Props {
  readonly histogram: TensorHistogram;
  /** The one in use first. */
  readonly ranges: readonly DrawnRange[];
}

const WIDTH = 480;
const LEFT = 84;
const BARS = 96;
const ROW = 15;

/** The values of a tensor, by the logarithm of how many there are, over the ranges that it has or might have. */
export function ValueHistogram({ histogram, ranges }: Props) {
  const { from, step, counts, min, max } = histogram;
  const domain = valueDomain(histogram, ranges);
  const x = linearScale(domain, [LEFT, WIDTH - 6]);
  const heights = binHeights(counts);
  const [now] = ranges;
  const axis = BARS + 16;
  const height = axis + 6 + ROW * ranges.length;
  const values = count(counts.reduce((sum, each) => sum + each, 0));
  const title = `${values} values from ${magnitude(min)} to ${magnitude(max)}; the range is ${rangeText(now)}`;
  return (
    <svg class="histogram" viewBox={`0 0 ${WIDTH} ${height}`} role="img" aria-label={title}>
      <title>{title}</title>
      <rect
        class="inside"
        x={x(now.alpha)}
        width={Math.max(x(now.beta) - x(now.alpha), 0)}
        y={0}
        height={BARS}
      />
      {heights.map((each, i) => {
        const [left, right] = [x(from + i * step), x(from + (i + 1) * step)];
        return each === 0 ? null : (
          <rect
            key={i}
            class="bin"
            x={left}
            width={Math.max(right - left - 0.4, 0.6)}
            y={BARS - each * (BARS - 4)}
            height={each * (BARS - 4)}
          />
        );
      })}
      <line class="axis" x1={LEFT} x2={WIDTH} y1={BARS} y2={BARS} />
      <text class="tick" x={LEFT - 8} y={10} text-anchor="end">
        log count
      </text>
      {roundTicks(domain[0], domain[1], 6).map((tick) => (
        <text key={tick} class="tick" x={x(tick)} y={BARS + 12} text-anchor="middle">
          {magnitude(tick)}
        </text>
      ))}
      {ranges.map((range, i) => (
        <RangeRow key={range.label} range={range} y={axis + 6 + i * ROW} x={x} />
      ))}
    </svg>
  );
}

function RangeRow({
  range,
  y,
  x,
}: {
  readonly range: DrawnRange;
  readonly y: number;
  readonly x: (value: number) => number;
}) {
  const { label, alpha, beta, kind } = range;
  const [left, right] = [x(alpha), x(beta)];
  return (
    <g class={`range ${kind}`}>
      <title>{`${label}: ${rangeText(range)}`}</title>
      <text class="tick" x={LEFT - 8} y={y + 9} text-anchor="end">
        {label}
      </text>
      <line x1={left} x2={right} y1={y + 5} y2={y + 5} />
      <line x1={left} x2={left} y1={y + 1} y2={y + 9} />
      <line x1={right} x2={right} y1={y + 1} y2={y + 9} />
    </g>
  );
}

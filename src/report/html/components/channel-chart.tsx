import { count } from '../../../words/counts.ts';
import { magnitude, rangeText } from '../../../words/ranges.ts';
import { linearScale, padded, roundTicks } from '../view/drawing-scale.ts';
import type { ChannelRanges } from '../view/tensor-view.ts';

interface Props {
  readonly channels: ChannelRanges;
  /** What the grid of the tensor reaches; of all channels. */
  readonly grid: { readonly alpha: number; readonly beta: number };
}

const WIDTH = 480;
const LEFT = 54;
const HEIGHT = 104;

/** Least and greatest weight of every output channel: what one scale for all of them has to hold. */
export function ChannelChart({ channels: { channels, each, ranges }, grid }: Props) {
  const domain = padded([0, ...ranges.flat()], 0.04);
  const y = linearScale(domain, [HEIGHT, 2]);
  const step = (WIDTH - LEFT) / ranges.length;
  const widths = ranges.map(([alpha, beta]) => beta - alpha).filter((width) => width > 0);
  const ratio = widths.length === 0 ? 1 : Math.max(...widths) / Math.min(...widths);
  const neighbours = each > 1 ? `, ${each} neighbours together` : '';
  const title = `${count(channels)} channels${neighbours}, the widest ${magnitude(ratio)} times the narrowest; the grid reaches ${rangeText(grid)}`;
  return (
    <figure>
      <svg class="channels" viewBox={`0 0 ${WIDTH} ${HEIGHT + 4}`} role="img" aria-label={title}>
        <title>{title}</title>
        {roundTicks(domain[0], domain[1], 4).map((tick) => (
          <g key={tick}>
            <line class={tick === 0 ? 'axis' : 'rule'} x1={LEFT} x2={WIDTH} y1={y(tick)} y2={y(tick)} />
            <text class="tick" x={LEFT - 8} y={y(tick) + 4} text-anchor="end">
              {magnitude(tick)}
            </text>
          </g>
        ))}
        {ranges.map(([alpha, beta], i) => (
          <rect
            key={i}
            class="channel"
            x={LEFT + i * step + step * 0.12}
            width={Math.max(step * 0.76, 0.5)}
            y={y(beta)}
            height={Math.max(y(alpha) - y(beta), 0.8)}
          >
            <title>{`channel ${i * each}: ${rangeText({ alpha, beta })}`}</title>
          </rect>
        ))}
      </svg>
      <figcaption>{title}.</figcaption>
    </figure>
  );
}

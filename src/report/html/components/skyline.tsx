import { tinyShare } from '../../../words/ranges.ts';
import type { LayerRow } from '../view/layer-rows.ts';

interface Props {
  readonly rows: readonly LayerRow[];
  readonly chosen: string | undefined;
  readonly onChoose: (layer: string) => void;
}

const [WIDTH, HEIGHT] = [1000, 72];

/** What every layer costs, in the order of the graph. The table below it says the same to who cannot see it. */
export function Skyline({ rows, chosen, onChoose }: Props) {
  const known = rows.filter(({ noise }) => noise !== undefined);
  if (known.length < 3) return null;
  const most = Math.max(...known.map(({ noise }) => noise!));
  const step = WIDTH / rows.length;
  return (
    <figure class="skyline">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        <line class="zero" x1={0} x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} />
        {known.map(({ index, name, noise }) => (
          // biome-ignore lint/a11y/noStaticElementInteractions: the names in the table do the same by keyboard
          <g key={name} class={name === chosen ? 'chosen' : ''} onClick={() => onChoose(name)}>
            <title>{`${name}: ${tinyShare(noise!)} of the output noise`}</title>
            <rect class="hit" x={index * step} width={step} y={0} height={HEIGHT} />
            <rect
              class="bar"
              x={index * step + step * 0.12}
              width={step * 0.76}
              y={HEIGHT - Math.max((noise! / most) * (HEIGHT - 4), 1)}
              height={Math.max((noise! / most) * (HEIGHT - 4), 1)}
            />
          </g>
        ))}
      </svg>
      <figcaption>
        Output noise of each layer alone, in the order of the graph; the highest is {tinyShare(most)} of all.
      </figcaption>
    </figure>
  );
}

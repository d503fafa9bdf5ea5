import { count } from '../../../words/counts.ts';
import { measured } from '../../../words/figures.ts';
import type { JudgedTarget } from '../../report-schema.ts';
import { linearScale, padded, roundTicks } from '../view/drawing-scale.ts';

const [WIDTH, HEIGHT, LEFT, RIGHT] = [1000, 150, 74, 96];

/** Fewer are no course of things. */
export const FEWEST_RECORDINGS = 2;

type Recording = NonNullable<NonNullable<JudgedTarget['base']>['history']>[number];

/** `2026-11-29, 0123456789ab`; the day alone outside of git. */
function when({ date, commit }: Recording): string {
  return [date.slice(0, 10), ...(commit === null ? [] : [commit.slice(0, 12)])].join(', ');
}

/** The quantized model of the last recordings on the base branch, and of this head. */
export function HistoryChart({ target }: { readonly target: JudgedTarget }) {
  const { base, metric } = target;
  const recorded = base?.history ?? [];
  if (base === undefined || recorded.length < FEWEST_RECORDINGS) return null;
  const values = [...recorded.map(({ int8 }) => int8), metric.quantized];
  const domain = padded([...values, base.fp32, metric.fp32], 0.08);
  const x = linearScale([0, values.length - 1], [LEFT, WIDTH - RIGHT]);
  const y = linearScale(domain, [HEIGHT - 8, 8]);
  const path = values
    .slice(0, -1)
    .map((value, i) => `${i === 0 ? 'M' : 'L'}${x(i).toFixed(1)} ${y(value).toFixed(1)}`)
    .join('');
  const last = values.length - 1;
  const say = (value: number) => measured(value, metric.unit);
  const told = (each: Recording) => `${say(each.int8)} (${when(each)})`;
  const title = `The quantized model of the last ${count(recorded.length)} recordings, from ${told(recorded[0])} to ${told(recorded[last - 1])}, and ${say(metric.quantized)} now`;
  return (
    <section aria-labelledby="history">
      <h3 id="history">History</h3>
      <svg
        class={`history ${target.verdict}`}
        viewBox={`0 0 ${WIDTH} ${HEIGHT + 20}`}
        role="img"
        aria-label={title}
      >
        <title>{title}</title>
        {roundTicks(domain[0], domain[1], 4).map((tick) => (
          <g key={tick}>
            <line class="rule" x1={LEFT} x2={WIDTH - RIGHT} y1={y(tick)} y2={y(tick)} />
            <text class="tick" x={LEFT - 8} y={y(tick) + 4} text-anchor="end">
              {say(tick)}
            </text>
          </g>
        ))}
        <line class="fp32" x1={LEFT} x2={WIDTH - RIGHT} y1={y(base.fp32)} y2={y(base.fp32)} />
        <text class="tick" x={WIDTH - RIGHT + 10} y={y(base.fp32) + 4}>
          base FP32
        </text>
        <path class="line" d={path} />
        <path
          class="line to-head"
          d={`M${x(last - 1)} ${y(values[last - 1])}L${x(last)} ${y(values[last])}`}
        />
        {recorded.map((each, i) => (
          <circle key={i} class="recorded" cx={x(i)} cy={y(each.int8)} r={3}>
            <title>{told(each)}</title>
          </circle>
        ))}
        {[0, last - 1].map((i) => (
          <text key={i} class="tick" x={x(i)} y={HEIGHT + 14} text-anchor={i === 0 ? 'start' : 'end'}>
            {when(recorded[i])}
          </text>
        ))}
        <circle class="head" cx={x(last)} cy={y(values[last])} r={4.5} />
        <text class="tick strong" x={x(last) + 10} y={y(values[last]) + 4}>
          {say(metric.quantized)}
        </text>
      </svg>
      <p class="soft">{title}.</p>
    </section>
  );
}

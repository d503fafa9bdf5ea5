import { change, changeInterval } from '../../../words/counts.ts';
import type { MetricUnit } from '../../../words/metric-units.ts';
import { linearScale } from '../view/drawing-scale.ts';
import { type DrawnLoss, seenInterval } from '../view/losses-view.ts';

interface Props {
  readonly loss: DrawnLoss;
  readonly domain: readonly [number, number];
  readonly unit: MetricUnit;
}

/** It is drawn as wide as there is room: lines and dots do not become wider with it. */
const [WIDTH, HEIGHT] = [200, 22];
const MIDDLE = HEIGHT / 2;

/** A loss and its interval beside no loss and the budget. */
export function LossFigure({ loss, domain, unit }: Props) {
  const x = linearScale(domain, [4, WIDTH - 4]);
  const { drop, interval, budget, by, verdict } = loss;
  const seen = seenInterval(interval, domain);
  const [low, high] = seen?.ends.map(x) ?? [];
  const allowed = budget === null ? 'no budget' : `budget ${change(budget, unit)}`;
  const title = `${by}: ${change(drop, unit)} ${changeInterval([interval[0], interval[1]], unit)}, ${allowed}`;
  return (
    <svg
      class={`forest ${verdict ?? 'plain'}`}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={title}
    >
      <title>{title}</title>
      {budget !== null && <rect class="allowed" x={0} width={Math.max(x(budget), 0)} y={0} height={HEIGHT} />}
      <line class="zero" x1={x(0)} x2={x(0)} y1={0} y2={HEIGHT} />
      {budget !== null && <line class="budget" x1={x(budget)} x2={x(budget)} y1={0} y2={HEIGHT} />}
      {seen === undefined ? (
        <path class="interval" d={drop > 0 ? beyondOf(WIDTH - 2, -1) : beyondOf(2, 1)} />
      ) : (
        <>
          <line class="interval" x1={low} x2={high} y1={MIDDLE} y2={MIDDLE} />
          <path class="interval" d={seen.goesOn[0] ? headOf(low, 1) : capOf(low)} />
          <path class="interval" d={seen.goesOn[1] ? headOf(high, -1) : capOf(high)} />
          {drop >= domain[0] && drop <= domain[1] && (
            <line class="dot" x1={x(drop)} x2={x(drop)} y1={MIDDLE} y2={MIDDLE} />
          )}
        </>
      )}
    </svg>
  );
}

/** An arrow that ends at `x`, for what lies far outside. */
function beyondOf(x: number, side: number): string {
  return `M${x + 24 * side} ${MIDDLE}H${x}${headOf(x, side)}`;
}

/** The head of an arrow whose shaft lies on the `side`, 1 or -1, of `x`. */
function headOf(x: number, side: number): string {
  return `M${x + 5 * side} ${MIDDLE - 5}L${x} ${MIDDLE}L${x + 5 * side} ${MIDDLE + 5}`;
}

function capOf(x: number): string {
  return `M${x} ${MIDDLE - 4}V${MIDDLE + 4}`;
}

import { useState } from 'preact/hooks';
import { change } from '../../../words/counts.ts';
import { measured } from '../../../words/figures.ts';
import { ofSamples } from '../../of-samples.ts';
import type { JudgedTarget } from '../../report-schema.ts';
import { linearScale } from '../view/drawing-scale.ts';
import { budgetSlider, measuredChanges, smallestWithin } from '../view/recovery-view.ts';
import { Marked } from './marked.tsx';

const [WIDTH, HEIGHT] = [1000, 30];

/** A budget to move over what was measured: the smallest change that would keep it. */
export function BudgetChoice({ target }: { readonly target: JudgedTarget }) {
  const { budget, unit, name } = target.metric;
  const changes = measuredChanges(target);
  const { max, step } = budgetSlider(changes, budget);
  const [allowed, setAllowed] = useState(Math.min(budget ?? max / 2, max));
  if (changes.length < 2 || unit === undefined) return null;
  const found = smallestWithin(changes, allowed);
  const x = linearScale([0, max], [8, WIDTH - 8]);
  return (
    <div class="budget-choice">
      <label for="budget">
        If a drop of <strong class="figure">{change(allowed, unit)}</strong> were allowed
      </label>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        <rect class="allowed" x={0} width={x(allowed)} y={0} height={HEIGHT} />
        {changes.map(({ drop, words }, i) => (
          <line
            key={i}
            class={words === found?.words ? 'found' : ''}
            x1={x(Math.max(drop, 0))}
            x2={x(Math.max(drop, 0))}
            y1={4}
            y2={HEIGHT - 4}
          >
            <title>{`${words}: ${change(drop, unit)}`}</title>
          </line>
        ))}
      </svg>
      <input
        id="budget"
        type="range"
        min={0}
        max={max}
        step={step}
        value={allowed}
        aria-valuetext={change(allowed, unit)}
        onInput={(event) => setAllowed(event.currentTarget.valueAsNumber)}
      />
      <output for="budget">
        {found === undefined ? (
          'nothing that was measured keeps it.'
        ) : found.kind === 'now' ? (
          <>
            the target keeps it as it is: {name} {measured(found.quantized, unit)}
            {ofSamples(target.metric)}.
          </>
        ) : (
          <>
            the smallest change that was measured to keep it is <Marked text={found.words} />: {name}{' '}
            {measured(found.quantized, unit)}, drop {change(found.drop, unit)}.
          </>
        )}{' '}
        <small>By the measured drop alone; a verdict also asks its interval.</small>
      </output>
    </div>
  );
}

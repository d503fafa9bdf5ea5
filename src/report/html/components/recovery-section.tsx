import { useState } from 'preact/hooks';
import { change } from '../../../words/counts.ts';
import { measured } from '../../../words/figures.ts';
import { sqnrText } from '../../../words/ranges.ts';
import { ofFirst } from '../../of-samples.ts';
import { planChanges, planSentence, type RecoveryReport } from '../../recovery-plan.ts';
import type { JudgedTarget } from '../../report-schema.ts';
import { targetItem } from '../../target-item.ts';
import { useIsPrinting } from '../printing.ts';
import { attemptWords } from '../view/recovery-view.ts';
import { BudgetChoice } from './budget-choice.tsx';
import { GlossaryWord } from './glossary-word.tsx';
import { Marked } from './marked.tsx';
import { PasteBlock } from './paste-block.tsx';
import { VerdictMark } from './verdict-mark.tsx';
import { Wide } from './wide.tsx';

interface Props {
  readonly target: JudgedTarget;
  readonly recovery: RecoveryReport;
}

/** Rows that are shown at first. */
const AT_FIRST = 12;

/** What repairs a target: the plan to paste, what a budget would take, and all that was tried. */
export function RecoverySection({ target, recovery }: Props) {
  const [isWhole, setIsWhole] = useState(false);
  const isPrinting = useIsPrinting();
  const { plan, attempts, curve = [], isCut } = recovery;
  const { unit, name } = target.metric;
  const shown = isWhole || isPrinting ? attempts : attempts.slice(0, AT_FIRST);
  return (
    <section aria-labelledby="recovery">
      <h3 id="recovery">Recovery</h3>
      {plan !== null && (
        <>
          <p class="lead">
            <Marked text={planSentence(target, plan)} />
          </p>
          <PasteBlock
            text={targetItem(target, planChanges(plan))}
            where={`targets:, in place of ${target.target}`}
          />
        </>
      )}
      <BudgetChoice target={target} />
      {attempts.length > 0 && (
        <Wide label="What was tried">
          <table class="recovery">
            <thead>
              <tr>
                <th scope="col">Tried</th>
                <th scope="col" class="figure">
                  <GlossaryWord words="SQNR on calibration samples" />
                </th>
                <th scope="col" class="figure">
                  {name}
                </th>
                <th scope="col" class="figure">
                  <GlossaryWord words="Drop" />
                </th>
                <th scope="col">Verdict</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((attempt, i) => (
                <tr key={i}>
                  <th scope="row">
                    <Marked text={attemptWords(attempt)} />
                  </th>
                  <td class="figure">
                    {attempt.outputNsr === undefined ? '–' : sqnrText(attempt.outputNsr)}
                  </td>
                  <td class="figure">
                    {attempt.measured ? measured(attempt.measured.quantized, unit) : '–'}
                  </td>
                  <td class="figure">{attempt.measured ? change(attempt.measured.drop, unit) : '–'}</td>
                  <td>
                    {attempt.measured ? (
                      <VerdictMark verdict={attempt.measured.verdict} />
                    ) : (
                      <span class="soft">not measured</span>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Wide>
      )}
      {shown.length < attempts.length && (
        <button type="button" class="more" onClick={() => setIsWhole(true)}>
          Show {attempts.length - shown.length} more
        </button>
      )}
      {curve.length > 1 && (
        <p class="soft">
          Drop by the number of layers in higher precision:{' '}
          {curve.map((point) => `${point.layers}: ${change(point.drop, unit)}${ofFirst(point)}`).join(', ')}.
        </p>
      )}
      {isCut && <p class="soft">Time ended before all was tried: raise minutes: of recover:.</p>}
    </section>
  );
}

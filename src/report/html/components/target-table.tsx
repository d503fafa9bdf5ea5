import { change, changeInterval, count } from '../../../words/counts.ts';
import { level, measured } from '../../../words/figures.ts';
import type { JudgedTarget, ModelReport, TargetReport } from '../../report-schema.ts';
import { precisionText, schemeText } from '../../scheme-words.ts';
import { lossesDomain, lossesOf } from '../view/losses-view.ts';
import { GlossaryWord } from './glossary-word.tsx';
import { LossFigure } from './loss-figure.tsx';
import { VerdictMark } from './verdict-mark.tsx';

interface Props {
  readonly model: ModelReport;
  readonly chosen: string | undefined;
  readonly onChoose: (target: string) => void;
}

/** The four numbers of every target, and what was lost between them beside what is allowed. */
export function TargetTable({ model, chosen, onChoose }: Props) {
  const judged = model.targets.filter((target): target is JudgedTarget => target.verdict !== 'error');
  const hasBase = judged.some(({ base }) => base !== undefined);
  const domain = lossesDomain(judged.flatMap(lossesOf));
  const levels = [...new Set(judged.map((each) => level(each.metric.confidence)))];
  const precision = precisionText(judged.map(({ scheme }) => scheme));
  return (
    <div class="wide">
      <table class="targets">
        <thead>
          <tr>
            <th scope="col">
              <GlossaryWord words="Target" />
            </th>
            <th scope="col">Verdict</th>
            {hasBase && (
              <th scope="col" class="figure">
                Base FP32
              </th>
            )}
            <th scope="col" class="figure">
              {hasBase ? 'Head FP32' : 'FP32'}
            </th>
            {hasBase && (
              <th scope="col" class="figure">
                Base {precision}
              </th>
            )}
            <th scope="col" class="figure">
              {hasBase ? `Head ${precision}` : precision}
            </th>
            <th scope="col">
              Lost
              {levels.length > 0 && (
                <>
                  , with its <GlossaryWord words="interval" />
                  {levels.length === 1 && ` at ${levels[0]}`}
                </>
              )}
            </th>
          </tr>
        </thead>
        <tbody>
          {model.targets.map((target) => (
            <Row
              key={target.target}
              {...{ target, hasBase, domain, isChosen: target.target === chosen, onChoose }}
              namesLevel={levels.length > 1}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface RowProps {
  readonly target: TargetReport;
  readonly hasBase: boolean;
  readonly domain: readonly [number, number];
  /** The level of its intervals is not that of all. */
  readonly namesLevel: boolean;
  readonly isChosen: boolean;
  readonly onChoose: (target: string) => void;
}

function Row({ target, hasBase, domain, namesLevel, isChosen, onChoose }: RowProps) {
  if (target.verdict === 'error')
    return (
      <tr>
        <th scope="row">{target.target}</th>
        <td>
          <VerdictMark verdict="error" />
        </td>
        <td colSpan={hasBase ? 5 : 3}>{target.reasons[0]}</td>
      </tr>
    );
  const { metric, base, scheme } = target;
  const say = (value: number | null | undefined) => (value == null ? '–' : measured(value, metric.unit));
  return (
    <tr class={isChosen ? 'chosen' : ''}>
      <th scope="row">
        <button type="button" class="choose" aria-pressed={isChosen} onClick={() => onChoose(target.target)}>
          {target.target}
        </button>
        <small>{schemeText(scheme)}</small>
      </th>
      <td>
        <VerdictMark verdict={target.verdict} />
      </td>
      {hasBase && (
        <td class="figure" data-title="base FP32">
          {say(base?.fp32)}
        </td>
      )}
      <td class="figure" data-title={hasBase ? 'head FP32' : 'FP32'}>
        {say(metric.fp32)}
      </td>
      {hasBase && (
        <td class="figure" data-title={`base ${precisionText([target.scheme])}`}>
          {say(base?.int8)}
        </td>
      )}
      <td class="figure strong" data-title={`${hasBase ? 'head ' : ''}${precisionText([target.scheme])}`}>
        {say(metric.quantized)}
      </td>
      <td class="losses">
        {metric.stopped && (
          <small>
            stopped at {count(metric.samples)} of {count(metric.stopped.of)} samples
          </small>
        )}
        {lossesOf(target).map((loss) => (
          <div class="loss" key={loss.by}>
            <span class="by">{loss.by}</span>
            <LossFigure loss={loss} domain={domain} unit={metric.unit} />
            <span class="figure">
              {change(loss.drop, metric.unit)}{' '}
              {loss.budget !== null && <small>of {change(loss.budget, metric.unit)}</small>}{' '}
              <small class="ends">
                {changeInterval([loss.interval[0], loss.interval[1]], metric.unit)}
                {namesLevel && ` at ${level(metric.confidence)}`}
              </small>
            </span>
          </div>
        ))}
      </td>
    </tr>
  );
}

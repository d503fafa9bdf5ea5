import { useMemo, useState } from 'preact/hooks';
import { count } from '../../../words/counts.ts';
import { tinyShare } from '../../../words/ranges.ts';
import { useIsPrinting } from '../printing.ts';
import {
  type LayerKey,
  type LayerOrder,
  type LayerRow,
  matchingRows,
  operatorsOf,
  sortedRows,
} from '../view/layer-rows.ts';
import { ShareBar, ShareLegend } from './share-bar.tsx';
import { WrappingName } from './wrapping-name.tsx';

interface Props {
  readonly rows: readonly LayerRow[];
  readonly chosen: string | undefined;
  readonly onChoose: (layer: string) => void;
}

/** Rows that are drawn at first, and that are added at once. */
const [PAGE, NEXT] = [25, 1000];

interface Column {
  readonly key: LayerKey;
  readonly title: string;
  readonly isFigure?: boolean;
  /** Of layers that were measured. */
  readonly isMeasured?: boolean;
}

const columns: readonly Column[] = [
  { key: 'index', title: '#', isFigure: true },
  { key: 'name', title: 'Layer' },
  { key: 'op', title: 'Operator' },
  { key: 'noise', title: 'Output noise, share', isFigure: true, isMeasured: true },
  { key: 'weights', title: 'Made by', isMeasured: true },
  { key: 'effectiveBits', title: 'Effective bits', isFigure: true },
  { key: 'bitsLost', title: 'Bits lost', isFigure: true },
  { key: 'sqnrDb', title: 'SQNR', isFigure: true, isMeasured: true },
];

/** Columns that are asked for their least. */
const leastFirst: readonly LayerKey[] = ['index', 'name', 'op', 'effectiveBits', 'sqnrDb'];

/** The layers of a target to sort, to filter and to search. */
export function LayerTable({ rows, chosen, onChoose }: Props) {
  const isRanked = rows.some(({ noise, likelyNoise }) => (noise ?? likelyNoise) !== undefined);
  const isMeasured = isRanked || rows.some(({ shares }) => shares !== undefined);
  const [order, setOrder] = useState<LayerOrder>({
    key: isRanked ? 'noise' : 'bitsLost',
    isDescending: true,
  });
  const [text, setText] = useState('');
  const [op, setOp] = useState('');
  const [most, setMost] = useState(PAGE);
  const found = useMemo(() => sortedRows(matchingRows(rows, { text, op }), order), [rows, text, op, order]);
  const shown = found.slice(0, useIsPrinting() ? Math.max(most, NEXT) : most);
  const top = rows.reduce((max, { noise = 0 }) => Math.max(max, noise), 0);
  const left = found.length - shown.length;
  return (
    <>
      <div class="tools">
        <input
          type="search"
          placeholder="Search layers"
          aria-label="Search layers"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <select aria-label="Operator" value={op} onChange={(event) => setOp(event.currentTarget.value)}>
          <option value="">all operators</option>
          {operatorsOf(rows).map(([each, layers]) => (
            <option key={each} value={each}>{`${each} (${layers})`}</option>
          ))}
        </select>
        <output>
          {found.length === rows.length
            ? `${count(rows.length)} layers`
            : `${count(found.length)} of ${count(rows.length)} layers`}
        </output>
        {isMeasured && <ShareLegend />}
      </div>
      <div class="wide">
        <table class="layers">
          <thead>
            <tr>
              {columns
                .filter((column) => isMeasured || !column.isMeasured)
                .map((column) => (
                  <Heading key={column.key} column={column} order={order} onOrder={setOrder} />
                ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <Row key={row.name} {...{ row, top, isMeasured, isChosen: row.name === chosen, onChoose }} />
            ))}
          </tbody>
        </table>
      </div>
      {found.length === 0 && <p class="empty">No layer has that in its name.</p>}
      {left > 0 && (
        <button type="button" class="more" onClick={() => setMost(most + NEXT)}>
          {left > NEXT ? `Show ${count(NEXT)} of ${count(left)} more` : `Show ${count(left)} more`}
        </button>
      )}
    </>
  );
}

interface HeadingProps {
  readonly column: Column;
  readonly order: LayerOrder;
  readonly onOrder: (order: LayerOrder) => void;
}

function Heading({ column: { key, title, isFigure }, order, onOrder }: HeadingProps) {
  const isOrder = order.key === key;
  const isDescending = isOrder ? !order.isDescending : !leastFirst.includes(key);
  const sorted = isOrder ? (order.isDescending ? 'descending' : 'ascending') : 'none';
  return (
    <th scope="col" class={isFigure ? 'figure' : ''} aria-sort={sorted}>
      <button type="button" onClick={() => onOrder({ key, isDescending })}>
        {title}
        <span aria-hidden="true">{isOrder ? (order.isDescending ? ' ↓' : ' ↑') : ''}</span>
      </button>
    </th>
  );
}

interface RowProps {
  readonly row: LayerRow;
  /** The most noise that a layer makes. */
  readonly top: number;
  /** Whether any layer was measured. */
  readonly isMeasured: boolean;
  readonly isChosen: boolean;
  readonly onChoose: (layer: string) => void;
}

function Row({ row, top, isMeasured, isChosen, onChoose }: RowProps) {
  const { index, name, op, noise, likelyNoise, shares, effectiveBits, bits, bitsLost, sqnrDb } = row;
  return (
    <tr class={isChosen ? 'chosen' : ''}>
      <td class="figure soft">{index + 1}</td>
      <th scope="row">
        <button
          type="button"
          class="name"
          title={name}
          aria-pressed={isChosen}
          onClick={() => onChoose(name)}
        >
          <WrappingName name={name} />
        </button>
      </th>
      <td>{op}</td>
      {isMeasured && (
        <>
          <td class="figure noise">
            {noise === undefined ? (
              <span>{likelyNoise === undefined ? '–' : `≈ ${tinyShare(likelyNoise)}`}</span>
            ) : (
              <>
                <svg viewBox="0 0 60 8" preserveAspectRatio="none" aria-hidden="true">
                  <rect width={top > 0 ? (60 * noise) / top : 0} height={8} />
                </svg>
                <span>{tinyShare(noise)}</span>
              </>
            )}
          </td>
          <td class="parts">{shares === undefined ? '–' : <ShareBar shares={shares} />}</td>
        </>
      )}
      <td class="figure">
        {effectiveBits === undefined ? '–' : effectiveBits.toFixed(1)}
        {bits !== undefined && <small> of {bits}</small>}
      </td>
      <td class="figure">{bitsLost === undefined ? '–' : bitsLost.toFixed(2)}</td>
      {isMeasured && <td class="figure">{sqnrDb === undefined ? '–' : `${sqnrDb.toFixed(1)} dB`}</td>}
    </tr>
  );
}

import type { JudgedTarget, LayerReport, TensorReport } from '../../report-schema.ts';

/** A layer as a row of the table. */
export interface LayerRow {
  /** Its place in the graph, from 0. */
  readonly index: number;
  readonly name: string;
  readonly op: string;
  readonly rank: number | undefined;
  /** Of the output noise of the quantized model, alone; undefined where it was not measured. */
  readonly noise: number | undefined;
  /** The same of a layer that is likely one of the costliest, where not all were measured: an estimate. */
  readonly likelyNoise: number | undefined;
  readonly shares: LayerReport['shares'];
  /** Of its tensor with the fewest, and the bits of its grid. */
  readonly effectiveBits: number | undefined;
  readonly bits: number | undefined;
  /** Of its tensor that loses the most. */
  readonly bitsLost: number | undefined;
  readonly sqnrDb: number | undefined;
}

export type LayerKey =
  | 'index'
  | 'name'
  | 'op'
  | 'noise'
  | 'weights'
  | 'activations'
  | 'effectiveBits'
  | 'bitsLost'
  | 'sqnrDb';

export interface LayerOrder {
  readonly key: LayerKey;
  readonly isDescending: boolean;
}

export interface LayerFilter {
  /** Words that all stand in the name or the operator. */
  readonly text: string;
  /** Empty for all. */
  readonly op: string;
}

/** The layers of a target, in the order of the graph. */
export function layerRows({ layers, attribution, likelyLeaders, scheme }: JudgedTarget): LayerRow[] {
  const full = attribution?.fullNsr ?? 0;
  const likely = new Map(likelyLeaders?.layers.map(({ layer, impact }) => [layer, impact]));
  return layers.map((layer, index) => {
    const { name, op, rank, impact, shares, sqnrDb, tensors } = layer;
    const known = tensors.filter(({ effectiveBits }) => effectiveBits !== undefined);
    const [poorest] = known.toSorted((a, b) => a.effectiveBits! - b.effectiveBits!);
    const lost = tensors.flatMap(({ bitsLost }) => bitsLost ?? []);
    return {
      index,
      name,
      op,
      rank,
      noise: part(impact, full),
      likelyNoise: part(likely.get(name), likelyLeaders?.fullNsr),
      shares,
      effectiveBits: poorest?.effectiveBits,
      bits: poorest && gridBitsOf(poorest, layer, scheme),
      bitsLost: lost.length === 0 ? undefined : Math.max(...lost),
      sqnrDb,
    };
  });
}

function part(impact: number | undefined, full = 0): number | undefined {
  return impact !== undefined && full > 0 ? impact / full : undefined;
}

/** The bits of the grid of a tensor. */
export function gridBitsOf(
  { kind }: TensorReport,
  { bits }: LayerReport,
  scheme: JudgedTarget['scheme'],
): number {
  return kind === 'weight'
    ? (bits?.weights ?? scheme.weightBits)
    : (bits?.activations ?? scheme.activationBits);
}

const keyOf: Record<LayerKey, (row: LayerRow) => number | string | undefined> = {
  index: ({ index }) => index,
  name: ({ name }) => name,
  op: ({ op }) => op,
  noise: ({ noise, likelyNoise }) => noise ?? likelyNoise,
  weights: ({ shares }) => shares && shares.weightRound + shares.weightClip,
  activations: ({ shares }) => shares && shares.activationRound + shares.activationClip,
  effectiveBits: ({ effectiveBits }) => effectiveBits,
  bitsLost: ({ bitsLost }) => bitsLost,
  sqnrDb: ({ sqnrDb }) => sqnrDb,
};

/** Rows in an order; what is not known comes last either way, and equal ones in the order of the graph. */
export function sortedRows(rows: readonly LayerRow[], { key, isDescending }: LayerOrder): LayerRow[] {
  const value = keyOf[key];
  return rows.toSorted((a, b) => {
    const [x, y] = [value(a), value(b)];
    if (x === undefined || y === undefined)
      return Number(x === undefined) - Number(y === undefined) || a.index - b.index;
    const order = typeof x === 'string' ? x.localeCompare(String(y), 'en', { numeric: true }) : x - Number(y);
    return (isDescending ? -order : order) || a.index - b.index;
  });
}

export function matchingRows(rows: readonly LayerRow[], { text, op }: LayerFilter): LayerRow[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter((row) => {
    const own = `${row.name} ${row.op}`.toLowerCase();
    return (op === '' || row.op === op) && words.every((word) => own.includes(word));
  });
}

/** Operators with how many layers have them, the most frequent first. */
export function operatorsOf(rows: readonly LayerRow[]): [op: string, layers: number][] {
  const counts = new Map<string, number>();
  for (const { op } of rows) counts.set(op, (counts.get(op) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}

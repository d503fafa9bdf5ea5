import { blamesWeight, type RankedLayer } from './diagnosis.ts';
import type { JudgedTarget, TensorReport } from './report-schema.ts';

/**
 * The tensor to blame: the weight or what the layer reads, whichever makes more noise. Among several it is the one with a
 * suggestion, else the one of fewest effective bits.
 */
export function blamedTensor({ shares, tensors }: RankedLayer): TensorReport | undefined {
  if (shares === undefined) return undefined;
  // What a layer makes is blamed where it is read; an output of the model reads itself.
  const read = tensors.some(({ kind }) => kind === 'input-activation')
    ? 'input-activation'
    : 'output-activation';
  const blamedKind = blamesWeight(shares) ? 'weight' : read;
  const blamed = tensors.filter(({ kind, bitsLost }) => kind === blamedKind && bitsLost !== undefined);
  const kept = ({ suggested, effectiveBits = 0 }: TensorReport) => (suggested ? -1000 : effectiveBits);
  return blamed.toSorted((a, b) => kept(a) - kept(b))[0];
}

/** Bits that a tensor of a layer is stored in. */
export function storedBits(
  { kind }: Pick<TensorReport, 'kind'>,
  { bits }: Pick<RankedLayer, 'bits'>,
  { scheme }: Pick<JudgedTarget, 'scheme'>,
): number {
  return kind === 'weight'
    ? (bits?.weights ?? scheme.weightBits)
    : (bits?.activations ?? scheme.activationBits);
}

/** Bits that are kept, never more than there are: `3.9 of 8`. */
export function keptText(kept: number, bits: number): string {
  return `${Number(Math.max(0, Math.min(kept, bits)).toFixed(1))} of ${bits}`;
}

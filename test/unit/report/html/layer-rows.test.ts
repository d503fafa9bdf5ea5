import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  layerRows,
  matchingRows,
  operatorsOf,
  sortedRows,
} from '../../../../src/report/html/view/layer-rows.ts';
import { attributed, estimated } from '../../../support/sample-reports.ts';

const rows = layerRows(attributed);
const names = (found: typeof rows) => found.map(({ name }) => name);

describe('the rows of layers', () => {
  it('have their part of the output noise, and the bits of the tensor that keeps the fewest', () => {
    expect(rows[1]).toMatchObject({ name: 'dw13/conv', effectiveBits: 2.4, bits: 8, bitsLost: 0.01 });
    expect(rows[1].noise).toBeCloseTo(0.05 / 0.082);
  });

  it('have an estimate of likely leaders where not all were measured, which sorts as measured noise does', () => {
    const likely = layerRows(estimated);
    expect(likely.map(({ noise, likelyNoise }) => [noise, likelyNoise])).toEqual([
      [undefined, 0.125],
      [undefined, 0.5],
    ]);
    expect(names(sortedRows(likely, { key: 'noise', isDescending: true }))).toEqual(['fc', '/conv1/Conv']);
    expect(rows.every(({ likelyNoise }) => likelyNoise === undefined)).toBe(true);
  });

  it('are sorted with what is not known last, either way', () => {
    expect(names(sortedRows(rows, { key: 'noise', isDescending: true }))).toEqual([
      'dw13/conv',
      '/conv1/Conv',
      'fc',
    ]);
    expect(names(sortedRows(rows, { key: 'sqnrDb', isDescending: true }))).toEqual([
      '/conv1/Conv',
      'dw13/conv',
      'fc',
    ]);
    expect(names(sortedRows(rows, { key: 'sqnrDb', isDescending: false }))).toEqual([
      'dw13/conv',
      '/conv1/Conv',
      'fc',
    ]);
  });

  it('are the same ones in every order', () => {
    const keys = [
      'index',
      'name',
      'op',
      'noise',
      'weights',
      'activations',
      'effectiveBits',
      'bitsLost',
      'sqnrDb',
    ] as const;
    fc.assert(
      fc.property(fc.constantFrom(...keys), fc.boolean(), (key, isDescending) => {
        const sorted = sortedRows(rows, { key, isDescending });
        expect(sortedRows(sorted, { key: 'index', isDescending: false })).toEqual(rows);
      }),
    );
  });

  it('are found by words of name and operator, and by operator', () => {
    expect(names(matchingRows(rows, { text: 'CONV dw', op: '' }))).toEqual(['dw13/conv']);
    expect(names(matchingRows(rows, { text: '', op: 'Gemm' }))).toEqual(['fc']);
    expect(operatorsOf(rows)).toEqual([
      ['Conv', 2],
      ['Gemm', 1],
    ]);
  });
});

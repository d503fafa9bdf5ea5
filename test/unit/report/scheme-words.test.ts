import { expect, it } from 'vitest';
import { renderMarkdown } from '../../../src/report/markdown.ts';
import { parseReport } from '../../../src/report/parse.ts';
import { precisionText, schemeText } from '../../../src/report/scheme-words.ts';
import { failing, passing, sampleReport } from '../../support/sample-reports.ts';

const { scheme } = passing;

it('says how a target quantizes, and what it has of its own', () => {
  expect(schemeText(scheme)).toBe('w8a8 per-channel, mse');
  expect(schemeText({ ...scheme, range: 'file' })).toBe('w8a8 per-channel, grids of the file');
  expect(schemeText({ ...scheme, precision: 'fp8' })).toBe('fp8 per-channel, mse');
  const wide = { activationBits: 16, weightBits: 16 };
  expect(
    schemeText({ ...scheme, recipe: ['equalize', 'gptq', 'correct-bias'], layers: { a: wide, b: wide } }),
  ).toBe('w8a8 per-channel, mse, repaired by equalize, gptq, correct-bias; 2 layers in 16 bits');
  const layers = { a: wide, b: { weightBits: 8 }, c: { float: true } };
  expect(schemeText({ ...scheme, layers, ranges: { x: { alpha: 0, beta: 1 } } })).toBe(
    'w8a8 per-channel, mse; 2 layers in other bits; 1 layer in floating point; 1 range pinned',
  );
});

it('names in one word what targets compute with', () => {
  const bits = (weightBits: number, activationBits: number) => ({ weightBits, activationBits });
  const fp8 = { ...bits(8, 8), precision: 'fp8' as const };
  expect(precisionText([bits(8, 8), bits(8, 8)])).toBe('INT8');
  expect(precisionText([fp8])).toBe('FP8');
  expect(precisionText([bits(8, 16)])).toBe('W8A16');
  expect(precisionText([bits(4, 8)])).toBe('W4A8');
  expect(precisionText([bits(4, 32)])).toBe('W4');
  expect(precisionText([bits(8, 8), fp8])).toBe('quantized');
  expect(precisionText([])).toBe('quantized');
});

it('says of a repaired target which file the verdict holds for', () => {
  const own = { ...scheme, recipe: ['gptq' as const] };
  const files = ['chips/signs/tensorrt/README.md', 'chips/signs/tensorrt/model.onnx'];
  const text = renderMarkdown(parseReport(sampleReport([{ ...passing, scheme: own, files }])));
  expect(text).toContain('; quantized as w8a8 per-channel, mse, repaired by gptq');
  expect(text).toContain(
    '- the pass holds for the repaired <code>chips/signs/tensorrt/model.onnx</code>, not for the committed file',
  );
  expect(renderMarkdown(sampleReport([{ ...failing, scheme: own }]))).toContain(
    'the verdict holds for the repaired model, not for the committed file',
  );
  expect(renderMarkdown(sampleReport([passing]))).not.toContain('committed file');
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderLayer, renderLayerNames } from '../../../src/report/markdown-layer.ts';
import { renderSections } from '../../../src/report/markdown-sections.ts';
import { renderOverview } from '../../../src/report/overview.ts';
import { readPart } from '../../../src/report/overview-part.ts';
import type { JudgedTarget } from '../../../src/report/report-schema.ts';
import { nasty } from '../../support/nasty-report.ts';
import { attributed, estimated, failing, passing, sampleReport } from '../../support/sample-reports.ts';

const anyText = fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), fc.constantFrom(...nasty));

/** A target all of whose texts are this. */
function named(text: string): JudgedTarget {
  const layers = attributed.layers.map((layer) => ({
    ...layer,
    name: text,
    op: text.slice(0, 128),
    tensors: layer.tensors.map((tensor) => ({ ...tensor, name: text })),
  }));
  const remedies = attributed.remedies!.map((remedy) => ({ ...remedy, unit: text, sentence: text }));
  const likelyLeaders = { ...estimated.likelyLeaders!, layers: [{ layer: text, impact: 0.001 }] };
  return { ...attributed, layers, remedies, reasons: [text], suggestion: null, likelyLeaders };
}

/** What GitHub would take for more than text, our own tags and charts aside. */
function liveParts(markdown: string): string[] {
  const own = markdown
    .replace(/^```(mermaid|diff)\n[^`]*\n```$/gm, '')
    .replace(/\[[^\][]*\]\(https:\/\/github\.com\/quantgate\/quantgate\/[^)]*\)/g, '')
    .replace('<br>[]', '<br>')
    .replace(/^#### ❌ signs|^## ❌ Quantization/gm, '')
    .replace(/<\/?(code|details|summary|sub|br)( open)?>/g, '');
  return own.match(/<|@(?=[\w-])|:\/\/|\[(?![-\d])|`|^ {0,3}#{1,6} (?!signs)/gm) ?? [];
}

describe('renderSections', () => {
  it('has a section for each model and target: what is seen at one glance, and the rest under a line that names it', () => {
    const error = { target: 'rknn', chip: 'rknn', verdict: 'error', reasons: ['no', 'never'] } as const;
    const sections = renderSections([sampleReport([passing, failing, error])], 50_000);
    expect(sections.map(({ key, verdict }) => [key, verdict])).toEqual([
      ['signs/tensorrt', 'pass'],
      ['signs/onnxruntime-w4a8', 'fail'],
      ['signs/rknn', 'error'],
    ]);
    expect(sections.map(({ text }) => text.split('\n')[0])).toEqual([
      '#### ✅ signs on tensorrt',
      '#### ❌ signs on onnxruntime-w4a8',
      '#### ❌ signs on rknn',
    ]);
    expect(sections.map(({ part }) => part.row?.drop)).toEqual([
      '0.12 of 1.00\u00a0pp<br>[-0.20, 0.44]',
      '**12.50** of 1.00\u00a0pp<br>[11.10, 13.90]',
      '–',
    ]);
    for (const { part } of sections) expect(readPart(JSON.parse(JSON.stringify(part)))).toEqual(part);
  });

  it('leaves detail out of all alike until they fit', () => {
    const targets = Array.from({ length: 16 }, (_, i) => ({ ...attributed, target: `t${i}` }));
    const bytes = (most: number) =>
      renderSections([sampleReport(targets)], most).map(({ text }) => Buffer.byteLength(text));
    const sum = (sizes: number[]) => sizes.reduce((a, b) => a + b, 0);
    expect(sum(bytes(22_000))).toBeLessThanOrEqual(22_000);
    expect(sum(bytes(22_000))).toBeLessThan(sum(bytes(100_000)));
    expect(bytes(0)).toHaveLength(16);
  });

  it('has a section of what judged nothing', () => {
    const report = sampleReport([], { models: [], verdict: 'pass', unchanged: 'it is the same' });
    expect(renderSections([report], 50_000)).toEqual([
      {
        key: 'no model',
        verdict: 'pass',
        part: { notes: 'Nothing was measured: it is the same.' },
        text: '',
      },
    ]);
  });

  it('shows any text as text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const sections = renderSections([sampleReport([named(text)], { warnings: [text] })], 50_000);
        for (const section of sections) expect(liveParts(section.text)).toEqual([]);
        expect(liveParts(renderOverview(sections, 24_000))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

describe('renderLayer', () => {
  const models = sampleReport([attributed, passing]).models;

  it('says what is known of a layer', () => {
    expect(renderLayer(models, 'dw13/conv')).toMatchInlineSnapshot(`
      "#### signs on snpe: <code>dw13/conv</code> (Conv)

      - rank 1 of 3 by what it costs
      - alone makes 61 % of the output noise
      - its own error is ΔW 98 % (round)
      - its output has an SQNR of 9.3 dB
      - 0.1 % of the values that it reads are clipped
      - one sample has 20 % of the noise
      - predicted, not measured: Use per-channel weights: the channels of &#34;dw13.weight&#34; differ 120 times, so most keep 2 of 8 bits.

      <details><summary>Ranges of 2 tensors on snpe</summary>

      |Layer|Tensor|α|β|Scale|Zero point|[Bits kept](https://github.com/quantgate/quantgate/blob/main/docs/glossary.md#effective-bits)|Of its channels|[Bits lost](https://github.com/quantgate/quantgate/blob/main/docs/glossary.md#bits-lost)|
      |-|-|-|-|-|-|-|-|-|
      |<code>dw13/conv</code><br>Conv|<code>r12</code><br>read|0|6|0.0235|0|||0.0|
      |<code>dw13/conv</code><br>Conv|<code>dw13.weight</code><br>weight|-8|8|0.0627|128|2.4 of 8|most of 256 keep 2.2 of 8, the least 1.1 of 8|0.0|

      </details>"
    `);
  });

  it('knows no layer of another name', () => {
    expect(renderLayer(models, 'conv')).toBeUndefined();
    expect(renderLayerNames(models)).toContain('<code>dw13/conv</code>');
  });

  it('shows any text as text', () => {
    fc.assert(
      fc.property(
        anyText.filter((text) => text !== ''),
        (text) => {
          const { models } = sampleReport([named(text)]);
          expect(liveParts(renderLayer(models, text)!)).toEqual([]);
          expect(liveParts(renderLayerNames(models))).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { thumbnailOf } from '../../src/data/images/thumbnail.ts';
import type { JudgedTarget, Report } from '../../src/report/report-schema.ts';
import { hasChromium, startBrowser } from '../support/browser.ts';
import { isMissing } from '../support/needs.ts';
import { makeProject } from '../support/project.ts';
import {
  attributed,
  estimated,
  passing,
  recovered,
  regressed,
  sampleReport,
} from '../support/sample-reports.ts';

const HOSTILE = '</script><img src=x onerror="window.hit=1">';

/** A report with everything that the page draws, on a graph with scopes. */
function wholeReport(layers: JudgedTarget['layers']): Report {
  const [first] = attributed.layers;
  const target: JudgedTarget = {
    ...recovered,
    layers,
    worstSamples: [
      {
        sample: 300,
        fp32: { score: 1, prediction: 3 },
        int8: { score: 0, prediction: 5 },
        thumbnail: thumbnailOf({ width: 20, height: 10, channels: 3, data: new Uint8Array(600).fill(99) }),
      },
      { sample: 301, fp32: { score: 1, prediction: 3 }, int8: { score: 0, prediction: 5 } },
    ],
  };
  const report = sampleReport([passing, target, { ...regressed, layers: [first] }]);
  const nodes = ['image', ...layers.map(({ name }) => name)].map((name, i) => ({
    name,
    op: i === 0 ? 'Input' : 'Conv',
    reads: i === 0 ? [] : [i - 1],
  }));
  const leaders = {
    histograms: [{ tensor: 'input', from: 0, step: 0.5, counts: [9, 5, 3, 0, 1, 1], min: 0, max: 2.55 }],
    channels: [
      {
        layer: '/conv1/Conv',
        channels: 2,
        each: 1,
        ranges: [
          [-0.5, 0.6],
          [-0.01, 0.02],
        ] as [number, number][],
      },
    ],
  };
  return {
    ...report,
    warnings: [`${HOSTILE} is a warning`],
    models: report.models.map((model) => ({
      ...model,
      graph: { nodes, more: 0 },
      leaders,
      config: '- name: signs\n  path: signs.onnx\n',
    })),
  };
}

/** Layers with the sample's own and many more. */
function manyLayers(count: number): JudgedTarget['layers'] {
  const [first, second] = attributed.layers;
  const more = Array.from({ length: count - 2 }, (_, i) => ({
    ...second,
    name: `/block${Math.floor(i / 20)}/${i % 3 === 0 ? `conv${i}/Conv` : `other${i}/MatMul`}`,
    op: i % 3 === 0 ? 'Conv' : 'MatMul',
    rank: i + 3,
    impact: 0.01 / (i + 1),
    tensors: [],
  }));
  return [first, second, ...more];
}

describe.skipIf(isMissing('Chromium (Debian: chromium)', hasChromium))('report.html in a browser', () => {
  let folder: string;
  let browser: Browser;
  let made: string;
  beforeAll(async () => {
    const project = await makeProject();
    project.run('run', '-o', 'out');
    made = project.read('out/report.html');
    project.remove();
    folder = mkdtempSync(join(tmpdir(), 'quantgate-page-'));
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A page of what the run made with another report in it, and whatever it complains of or asks for. */
  async function open(report?: Report, options: Parameters<Browser['newPage']>[0] = {}): Promise<Opened> {
    const file = join(folder, 'report.html');
    const inside = (json: string) => `<script id="report" type="application/json">${json}</script>`;
    const html =
      report === undefined
        ? made
        : made.replace(/<script id="report"[\s\S]*?<\/script>/, () =>
            inside(JSON.stringify(report).replaceAll('<', '\\u003c')),
          );
    writeFileSync(file, html);
    const page = await browser.newPage({ viewport: { width: 1000, height: 900 }, ...options });
    const complaints: string[] = [];
    const asked: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => asked.push(request.url()));
    const url = pathToFileURL(file).href;
    await page.goto(url);
    await page.waitForSelector('main');
    return {
      page,
      end: async () => {
        await page.close();
        expect({ complaints, asked }).toEqual({ complaints: [], asked: [url] });
      },
    };
  }

  interface Opened {
    readonly page: Page;
    /** Closes it. Nothing was complained of, and nothing asked for but the file. */
    end(): Promise<void>;
  }

  const layerNames = (page: Page) => page.locator('.layers tbody th button').allInnerTexts();

  it('shows what a run made: verdict, targets, layers and graph', async () => {
    const { page, end } = await open();
    expect(await page.locator('h1').innerText()).toMatch(/^pass/i);
    expect(await page.locator('.targets tbody tr').count()).toBe(2);
    expect(await page.locator('.layers tbody tr').count()).toBeGreaterThan(1);
    expect(await page.locator('.graph .node').count()).toBeGreaterThan(1);
    await end();
  });

  it('marks an estimate of the layers that cost a target that passes the most', async () => {
    const { page, end } = await open(sampleReport([estimated]));
    const said = await page.locator('section[aria-labelledby="layers"] > p').innerText();
    expect(said).toMatch(
      /^fc .*are likely the costliest layers: an estimate.*attribute: always of the model/,
    );
    expect(await layerNames(page)).toEqual(['fc', '/conv1/Conv']);
    expect(await page.locator('.layers td.noise').allInnerTexts()).toEqual(['≈ 50 %', '≈ 13 %']);
    await end();
  });

  it('sorts, filters and searches a thousand layers', async () => {
    const { page, end } = await open(wholeReport(manyLayers(1000)));
    expect((await layerNames(page))[0]).toBe('dw13/conv');
    await page.getByRole('button', { name: '#', exact: true }).click();
    expect((await layerNames(page))[0]).toBe('/conv1/Conv');
    expect(await page.locator('.layers th[aria-sort="ascending"]').innerText()).toMatch(/^#/);
    await page.getByLabel('Operator', { exact: true }).selectOption('MatMul');
    await page.getByLabel('Search layers').fill('block3/ other6');
    expect(await layerNames(page)).toEqual([
      '/block3/other61/MatMul',
      '/block3/other62/MatMul',
      '/block3/other64/MatMul',
      '/block3/other65/MatMul',
      '/block3/other67/MatMul',
      '/block3/other68/MatMul',
    ]);
    await page.getByLabel('Search layers').fill('');
    await page
      .getByRole('button', { name: /^Show .* more$/ })
      .first()
      .click();
    expect(await page.locator('.layers tbody tr').count()).toBe(665);
    await end();
  });

  it('leads from the graph to a layer and back, by keyboard too', async () => {
    const { page, end } = await open(wholeReport(manyLayers(60)));
    const node = page.locator('.graph').getByRole('button', { name: '/conv1/Conv (Conv)' });
    await node.focus();
    await page.keyboard.press('Enter');
    expect(await page.locator('.panel h3').innerText()).toBe('/conv1/Conv');
    expect(await page.locator('.panel .histogram').count()).toBe(1);
    await page.getByRole('button', { name: 'The layer that costs more' }).click();
    expect(await page.locator('.panel h3').innerText()).toBe('dw13/conv');
    await page.keyboard.press('Escape');
    expect(await page.locator('.panel').count()).toBe(0);
    expect(await node.evaluate((element) => element === document.activeElement)).toBe(true);
    const before = await page.locator('.graph .node').count();
    await page.getByRole('button', { name: 'Fold all', exact: true }).click();
    expect(await page.locator('.graph .node').count()).toBeLessThan(before);
    await page.locator('.graph .node.scope').first().click();
    expect(await page.locator('.graph .node').count()).toBeGreaterThan(4);
    await page.getByLabel('Search layers').fill('block2/ conv57');
    await page.locator('.layers tbody th button').click();
    expect(await page.locator('.graph .node.chosen .label').innerHTML()).toBe('conv57/Conv');
    await end();
  });

  it('shows the small image of a sample where there is one', async () => {
    const { page, end } = await open(wholeReport(attributed.layers));
    const images = page.locator('.samples tbody img');
    expect(await images.count()).toBe(1);
    const size = await images.evaluate((image: HTMLImageElement) => [
      image.naturalWidth,
      image.naturalHeight,
    ]);
    expect(size).toEqual([20, 10]);
    expect(await page.locator('.samples tbody th').allInnerTexts()).toEqual(['300', '301']);
    await end();
  });

  it('moves a budget over what was measured', async () => {
    const { page, end } = await open(wholeReport(attributed.layers));
    const slider = page.getByRole('slider');
    const says = () => page.locator('.budget-choice output').innerText();
    expect(await says()).toContain('recipe: [equalize, correct-bias]');
    await slider.press('Home');
    expect(await says()).toContain('nothing that was measured keeps it');
    await slider.press('End');
    expect(await says()).toContain('keeps it as it is');
    await end();
  });

  it('opens another report.json, and none that is not one', async () => {
    const { page, end } = await open(wholeReport(attributed.layers));
    const other = join(folder, 'other.json');
    writeFileSync(other, JSON.stringify(sampleReport([passing])));
    const picker = page.getByLabel('Open a report.json');
    await picker.setInputFiles(other);
    await page.getByRole('heading', { name: 'Within the budget' }).waitFor();
    writeFileSync(other, '{"version":1,"models":"all"}');
    await picker.setInputFiles(other);
    expect(await page.getByRole('alert').innerText()).toContain('it is no report.json');
    await end();
  });

  it('shows hostile names as nothing but text', async () => {
    const layers = attributed.layers.map((layer) => ({ ...layer, name: `${HOSTILE}${layer.name}` }));
    const { page, end } = await open(wholeReport(layers));
    await page.locator('.layers tbody button').first().click();
    expect(await page.locator('.panel h3').innerText()).toContain(HOSTILE);
    const sources = await page.evaluate(() => [...document.images].map(({ src }) => src));
    expect(sources.every((src) => src.startsWith('data:image/png;base64,'))).toBe(true);
    expect(await page.evaluate(() => 'hit' in window)).toBe(false);
    await end();
  });

  it('prints with everything open and nothing to press', async () => {
    const { page, end } = await open(wholeReport(manyLayers(100)));
    await page.evaluate(() => window.dispatchEvent(new Event('beforeprint')));
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('details:not([open])').count()).toBe(0);
    expect(await page.locator('.layers tbody tr').count()).toBe(100);
    expect(await page.locator('.printed .tensor').count()).toBeGreaterThan(1);
    expect(await page.getByRole('button', { name: 'Fold all', exact: true }).isVisible()).toBe(false);
    expect((await page.pdf()).length).toBeGreaterThan(10_000);
    await end();
  });

  it.each([1400, 1200, 1000])('cuts nothing off the losses of targets, %i pixels wide', async (width) => {
    for (const target of [regressed, { ...passing, target: 'snpe' }]) {
      const { page, end } = await open(sampleReport([target]), { viewport: { width, height: 900 } });
      const [box, content] = await page.locator('.wide:has(.targets)').evaluate((wide) => {
        return [wide.clientWidth, wide.scrollWidth];
      });
      expect(content).toBeLessThanOrEqual(box);
      await end();
    }
  });

  it.each([
    ['light', 1000],
    ['dark', 1000],
    ['light', 400],
  ] as const)('has nothing that keeps people out, in %s, %i pixels wide', async (colorScheme, width) => {
    const { page, end } = await open(wholeReport(manyLayers(40)), {
      colorScheme,
      viewport: { width, height: 900 },
    });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    await page.locator('.layers tbody button').first().click();
    // Evaluated by the debugger, which no policy of the page holds.
    await page.evaluate(readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
    const found = await page.evaluate(async () => {
      const { axe } = window as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } };
      return (await axe.run()).violations.map(
        ({ id, impact, nodes }) =>
          `${impact} ${id}: ${nodes
            .map((node) => node.html.slice(0, 160))
            .slice(0, 3)
            .join(' ; ')}`,
      );
    });
    expect(found).toEqual([]);
    await end();
  });
});

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string }[];
}

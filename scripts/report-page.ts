import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Plugin } from 'rolldown';
import { licencesOf } from './licences.ts';

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Parts of the style; of rules of the same weight the later one holds. */
const styles = ['base', 'verdict', 'layers', 'graph', 'panel', 'sections', 'widths-and-print'];

/** The script of the report and its style as one page that allows nothing else: dist/report.html. */
export const reportPage: Plugin = {
  name: 'report-page',
  load(id) {
    // What says what a key means is for people.
    if (!id.endsWith('/report.schema.json')) return undefined;
    const schema = JSON.parse(readFileSync(id, 'utf8'), (key, value) =>
      key === 'description' && typeof value === 'string' ? undefined : value,
    );
    return { code: JSON.stringify(schema), moduleType: 'json' };
  },
  generateBundle(_, bundle) {
    const [chunk] = Object.values(bundle);
    if (chunk.type !== 'chunk') throw new Error('the page has no script');
    // Within texts of the script, an escape says the same.
    const script = chunk.code
      .trim()
      .replaceAll('</script', '<\\/script')
      .replace(
        /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
        (unseen) => `\\u${unseen.charCodeAt(0).toString(16).padStart(4, '0')}`,
      );
    const style = styles
      .map((part) => readFileSync(new URL(`../src/report/html/style/${part}.css`, import.meta.url), 'utf8'))
      .join('')
      .replace(/\/\*[\s\S]*?\*\//g, '')
      .replace(/\s+/g, ' ')
      .replace(/;? ?([{},;]) ?/g, '$1')
      .trim();
    const policy = [
      "default-src 'none'",
      `script-src ${hashOf(script)}`,
      `style-src ${hashOf(style)}`,
      'img-src data:',
      "base-uri 'none'",
      "form-action 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ].join('; ');
    delete bundle[chunk.fileName];
    this.emitFile({
      type: 'asset',
      fileName: 'report.html',
      source: [
        '<!doctype html>',
        '<html lang="en"><head><meta charset="utf-8">',
        `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="referrer" content="no-referrer">',
        '<meta name="color-scheme" content="light dark">',
        `<title>quantgate report</title><style>${style}</style></head>`,
        '<body><noscript>This page draws report.json, which lies beside it, with a script of its own: allow scripts to see it.</noscript>',
        '<div id="page"></div>',
        '<script id="report" type="application/json"></script>',
        `<script>${script}</script></body></html>`,
        `<!--\n${licencesOf(chunk.moduleIds).replaceAll('--', '- -')}\n-->\n`,
      ].join('\n'),
    });
  },
};

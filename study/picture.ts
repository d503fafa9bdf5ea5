import type { Column } from './tables.ts';

/** Of one bar, of the gap between two, and between models, in pixels. */
const [BAR, GAP, BETWEEN] = [14, 3, 22];
const [LEFT, WIDTH, RIGHT, TOP] = [230, 420, 110, 34];

/** Legible on the white and on the dark page of GitHub alike. */
const colours = [
  '#8b949e',
  '#388bfd',
  '#a371f7',
  '#d29922',
  '#3fb950',
  '#db61a2',
  '#f78166',
  '#39c5cf',
  '#e3b341',
];

/**
 * Bars of what is left of FP32's metric, 0 to 100 %, a group for each model and a bar for each way: SVG that can be read
 * without colours, as each bar has its name and figure.
 */
export function barsOf(title: string, columns: readonly Column[]): string {
  const lines: string[] = [];
  let y = TOP;
  for (const { model, outcomes } of columns) {
    const [fp32, ...others] = outcomes;
    lines.push(text(8, y + BAR - 3, model, 'start', 'bold'));
    y += BAR + GAP;
    others.forEach(({ title: way, value }, i) => {
      const share = Math.min(Math.max(value / fp32.value, 0), 1);
      const colour = colours[i % colours.length];
      lines.push(text(LEFT - 8, y + BAR - 3, way, 'end'));
      lines.push(
        `<rect x="${LEFT}" y="${y}" width="${(share * WIDTH).toFixed(1)}" height="${BAR}" rx="2" fill="${colour}"/>`,
      );
      lines.push(
        text(LEFT + share * WIDTH + 6, y + BAR - 3, `${((100 * value) / fp32.value).toFixed(1)} %`, 'start'),
      );
      y += BAR + GAP;
    });
    y += BETWEEN;
  }
  const [width, height] = [LEFT + WIDTH + RIGHT, y];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeXml(title)}">`,
    '<style>text{font-size:11px;font-family:system-ui,sans-serif;fill:#57606a}@media(prefers-color-scheme:dark){text{fill:#b1bac4}}</style>',
    text(8, 18, title, 'start', 'bold'),
    ...lines,
    '</svg>',
    '',
  ].join('\n');
}

function text(x: number, y: number, words: string, anchor: 'start' | 'end', weight = 'normal'): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" font-weight="${weight}">${escapeXml(words)}</text>`;
}

function escapeXml(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

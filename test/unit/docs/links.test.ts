import { existsSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, it } from 'vitest';
import { documents, repository, textOf } from '../../support/documents.ts';

/** Without code, which may look like a link. */
const prose = (document: string) =>
  textOf(document)
    .replaceAll(/^ *```.*?^ *```/gms, '')
    .replaceAll(/`[^`\n]*`/g, '');

const LINK =
  /\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)|<(?:img|a|source)\b[^>]*?\b(?:src|href|srcset)="([^"]+)"/g;

/** The anchors that GitHub makes of headings: letters, digits, `-` and `_`, and a number where there are several. */
function anchorsOf(document: string): Set<string> {
  const seen = new Map<string, number>();
  const headings = textOf(document)
    .replaceAll(/^ *```.*?^ *```/gms, '')
    .matchAll(/^#{1,6} +(.+?) *#*$/gm);
  return new Set(
    [...headings].map(([, heading]) => {
      const words = heading!.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
      const anchor = words.replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '').replaceAll(' ', '-');
      const count = seen.get(anchor) ?? 0;
      seen.set(anchor, count + 1);
      return count === 0 ? anchor : `${anchor}-${count}`;
    }),
  );
}

it.each(documents)('%s links to what there is', (document) => {
  const broken = [...prose(document).matchAll(LINK)]
    .map(([, markdown, html]) => (markdown ?? html)!)
    .filter((link) => !/^(https?|mailto):/.test(link))
    .filter((link) => {
      const [path, anchor] = link.split('#');
      const target =
        path === '' ? document : relative(repository, join(repository, dirname(document), path!));
      if (target.startsWith('..') || !existsSync(join(repository, target))) return true;
      if (anchor === undefined) return false;
      const isFolder = statSync(join(repository, target)).isDirectory();
      return isFolder || !target.endsWith('.md') || !anchorsOf(target).has(anchor);
    });
  expect(broken).toEqual([]);
});

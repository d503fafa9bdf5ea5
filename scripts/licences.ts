import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** The licences of packages that modules are of, which most of them ask to travel along; each text once. */
export function licencesOf(moduleIds: readonly string[]): string {
  const modules = moduleIds.filter((id) => id.includes('/node_modules/') && existsSync(id)).sort();
  const folders = new Set(
    modules.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? []),
  );
  const packages = new Map<string, string[]>();
  for (const folder of [...folders].sort()) {
    const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
    const texts = readdirSync(folder)
      .filter((entry) => /^(licen[cs]e|notice)(\.|$)/i.test(entry))
      // The same Apache licence is followed by what each package owes to others.
      .flatMap((entry) => readFileSync(`${folder}/${entry}`, 'utf8').split(END_OF_APACHE))
      .map((text) => text.trim())
      .filter((text) => text !== '');
    if (texts.length === 0) texts.push('No licence text in the package.');
    for (const text of texts)
      packages.set(text, [...(packages.get(text) ?? []), `${name} ${version} (${license})`]);
  }
  const texts = [...packages].map(([text, names]) => `${names.join('\n')}\n\n${text}\n`);
  const notices = new Set(modules.flatMap((id) => noticesOf(readFileSync(id, 'utf8'))));
  if (notices.size > 0) texts.push(`Notices in single files\n\n${[...notices].join('\n\n')}\n`);
  return texts.join(`\n${'-'.repeat(80)}\n\n`);
}

const END_OF_APACHE = /(?<=END OF TERMS AND CONDITIONS)\n/;

/** The paragraphs of the licence comments in a file: hundreds of files repeat the same ones. */
function noticesOf(code: string): string[] {
  const comments = code.match(/\/\*[\s\S]*?\*\//g) ?? [];
  return comments
    .filter((comment) => /^\/\*!|@license/.test(comment))
    .map((comment) => comment.slice(2, -2).replace(/^[ \t]*[*!]+[ \t]?/gm, ''))
    .flatMap((text) => text.split(/\n\s*\n/))
    .map((paragraph) => paragraph.trim())
    .filter((paragraph) => paragraph !== '');
}

import { readFile, writeFile } from 'node:fs/promises';
import { madeParts, withPart } from './pages/made-parts.ts';

for (const { file, text } of madeParts()) {
  const url = new URL(`../docs/${file}`, import.meta.url);
  await writeFile(url, withPart(await readFile(url, 'utf8'), text));
}

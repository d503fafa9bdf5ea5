import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { defineConfig, type Plugin } from 'rolldown';

const JPEG_DECODER = '@cornerstonejs/codec-libjpeg-turbo-8bit';

/**
 * The JPEG decoder finds its WebAssembly by `__dirname`, which a bundler would have to guess at. So it is not bundled:
 * its two files lie beside the chunks as their package has them, and Node loads them.
 */
const jpegDecoder: Plugin = {
  name: 'jpeg-decoder',
  resolveId: (id) =>
    id === `${JPEG_DECODER}/decodewasmjs`
      ? { id: './libjpegturbowasm_decode.cjs', external: true }
      : undefined,
  generateBundle() {
    const script = createRequire(import.meta.url).resolve(`${JPEG_DECODER}/decodewasmjs`);
    const asset = (fileName: string, path: string) =>
      this.emitFile({ type: 'asset', fileName, source: readFileSync(path) });
    asset('chunks/libjpegturbowasm_decode.cjs', script);
    asset('chunks/libjpegturbowasm_decode.wasm', script.replace(/\.js$/, '.wasm'));
  },
};

/** Artifacts are only uploaded with their library, so what it unpacks downloads with stays out. */
const uploadsOnly: Plugin = {
  name: 'uploads-only',
  resolveId: (id) => (id === 'unzip-stream' ? '\0unzip-stream' : undefined),
  load: (id) => (id === '\0unzip-stream' ? 'export default undefined;' : undefined),
};

/** @stdlib's inverse of the incomplete gamma function logs to `debug`, which reads the environment of whoever imports it. */
const noLogger: Plugin = {
  name: 'no-logger',
  resolveId: (id, importer) =>
    id === 'debug' && importer?.includes('/@stdlib/') ? '\0no-logger.cjs' : undefined,
  load: (id) => (id === '\0no-logger.cjs' ? 'module.exports = () => () => {};' : undefined),
};

/** The licences of everything that ships, which most of them ask to travel along; each text once. */
const licences: Plugin = {
  name: 'licences',
  generateBundle(_, bundle) {
    const files = Object.values(bundle).flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
    const shipped = [...files, createRequire(import.meta.url).resolve(`${JPEG_DECODER}/decodewasmjs`)];
    const modules = shipped.filter((id) => id.includes('/node_modules/') && existsSync(id)).sort();
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
    texts.push(`Notices in single files\n\n${[...notices].join('\n\n')}\n`);
    this.emitFile({ type: 'asset', fileName: 'licences.txt', source: texts.join(`\n${'-'.repeat(80)}\n\n`) });
  },
};

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

/** One ES module per face. Everything is bundled but onnxruntime-node, which carries native libraries. */
export default defineConfig({
  input: { cli: 'src/cli/cli.ts', action: 'src/action/action.ts' },
  platform: 'node',
  external: ['onnxruntime-node'],
  plugins: [jpegDecoder, uploadsOnly, noLogger, licences],
  output: {
    dir: 'dist',
    format: 'esm',
    cleanDir: true,
    // Reviewers read src/; runners download dist/ for every job.
    minify: true,
    // They are in licences.txt.
    comments: { legal: false },
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name].js',
  },
});

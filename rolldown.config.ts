import { readdirSync, readFileSync } from 'node:fs';
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

/** The licences of everything that ships, which most of them ask to travel along; each text once. */
const licences: Plugin = {
  name: 'licences',
  generateBundle(_, bundle) {
    const chunks = Object.values(bundle).flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
    const shipped = [...chunks, createRequire(import.meta.url).resolve(`${JPEG_DECODER}/decodewasmjs`)];
    const folders = new Set(
      shipped.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? []),
    );
    const packages = new Map<string, string[]>();
    for (const folder of [...folders].sort()) {
      const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
      const file = readdirSync(folder).find((entry) => /^licen[cs]e(\.|$)/i.test(entry));
      const text =
        file === undefined
          ? 'No licence text in the package.'
          : readFileSync(`${folder}/${file}`, 'utf8').trim();
      packages.set(text, [...(packages.get(text) ?? []), `${name} ${version} (${license})`]);
    }
    const texts = [...packages].map(([text, names]) => `${names.join('\n')}\n\n${text}\n`);
    this.emitFile({ type: 'asset', fileName: 'licences.txt', source: texts.join(`\n${'-'.repeat(80)}\n\n`) });
  },
};

/** One ES module per face. Everything is bundled but onnxruntime-node, which carries native libraries. */
export default defineConfig({
  input: { cli: 'src/cli/main.ts', action: 'src/action/main.ts' },
  platform: 'node',
  external: ['onnxruntime-node'],
  plugins: [jpegDecoder, uploadsOnly, licences],
  output: {
    dir: 'dist',
    format: 'esm',
    cleanDir: true,
    // Reviewers read src/; runners download dist/ for every job.
    minify: true,
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name].js',
  },
});

import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { defineConfig, type Plugin } from 'rolldown';

/** The JPEG decoder looks for its WebAssembly beside the chunk that it is bundled into. */
const jpegDecoder: Plugin = {
  name: 'jpeg-decoder',
  generateBundle() {
    const script = createRequire(import.meta.url).resolve(
      '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs',
    );
    const fileName = 'chunks/libjpegturbowasm_decode.wasm';
    this.emitFile({ type: 'asset', fileName, source: readFileSync(script.replace(/\.js$/, '.wasm')) });
  },
};

/** Artifacts are only uploaded with their library, so what it unpacks downloads with stays out. */
const uploadsOnly: Plugin = {
  name: 'uploads-only',
  resolveId: (id) => (id === 'unzip-stream' ? '\0unzip-stream' : undefined),
  load: (id) => (id === '\0unzip-stream' ? 'export default undefined;' : undefined),
};

/** The licences of everything that is bundled, which most of them ask to travel along; each text once. */
const licences: Plugin = {
  name: 'licences',
  generateBundle(_, bundle) {
    const chunks = Object.values(bundle).flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
    const folders = new Set(
      chunks.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? []),
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

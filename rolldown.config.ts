import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { defineConfig, type Plugin } from 'rolldown';
import { licencesOf } from './scripts/licences.ts';
import { reportPage } from './scripts/report-page.ts';

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

/** What ships travels with its licences. */
const licences: Plugin = {
  name: 'licences',
  generateBundle(_, bundle) {
    const files = Object.values(bundle).flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
    const shipped = [...files, createRequire(import.meta.url).resolve(`${JPEG_DECODER}/decodewasmjs`)];
    this.emitFile({ type: 'asset', fileName: 'licences.txt', source: licencesOf(shipped) });
  },
};

/** One ES module per face, and one for their threads. Everything is bundled but onnxruntime-node, which carries native libraries. */
const faces = defineConfig({
  input: {
    cli: 'src/cli/cli.ts',
    action: 'src/action/action.ts',
    'session-worker': 'src/runtime/session-worker.ts',
  },
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

/** The page that a report is put into, which runs in browsers. */
const page = defineConfig({
  input: { report: 'src/report/html/main.tsx' },
  platform: 'browser',
  // What is for Node alone is used by nothing of it.
  external: /^node:/,
  treeshake: { moduleSideEffects: false },
  plugins: [reportPage],
  output: { dir: 'dist', format: 'iife', minify: true, comments: { legal: false } },
});

export default [faces, page];

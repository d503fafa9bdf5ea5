import { readFileSync } from 'node:fs';
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

/** One ES module per face. Everything is bundled but onnxruntime-node, which carries native libraries. */
export default defineConfig({
  input: { cli: 'src/cli/main.ts', action: 'src/action/main.ts' },
  platform: 'node',
  external: ['onnxruntime-node'],
  plugins: [jpegDecoder],
  output: {
    dir: 'dist',
    format: 'esm',
    cleanDir: true,
    minify: false,
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name].js',
  },
});

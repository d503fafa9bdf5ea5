import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { wasmModuleText } from './wasm-module-text.ts';

/** Assembles what is written in WebAssembly into modules that carry its bytes: `npm run wasm`. */
const folder = resolve(import.meta.dirname, '../src/numerics');
const text = await wasmModuleText(readFileSync(resolve(folder, 'count-slots.wat'), 'utf8'));
writeFileSync(resolve(folder, 'gen/count-slots-wasm.ts'), text);

import loadWabt from 'wabt';

/** The module whose `wasm` is the bytes of WebAssembly text in base64. */
export async function wasmModuleText(wat: string): Promise<string> {
  const { buffer } = (await loadWabt()).parseWat('count-slots.wat', wat, { simd: true }).toBinary({});
  const base64 = Buffer.from(buffer).toString('base64');
  return `// Assembled from count-slots.wat by \`npm run wasm\`.\nexport const wasm =\n  '${base64}';\n`;
}

import { it } from 'vitest';
import { corpusModels, openModel } from './support.ts';
for (const name of corpusModels) it(name, async () => {
  const t0 = performance.now();
  const m = await openModel(name, ['onnxruntime', 'tensorrt']);
  const lap = (what: string) => console.log(name, what, ((performance.now() - t0) / 1000).toFixed(1), JSON.stringify(m.context.times));
  lap('open');
  console.log(m.reference, 'fp32', (await m.fp32()).baseline.value); lap('fp32');
  await m.calibration(); lap('cal');
  for (const id of ['onnxruntime', 'tensorrt']) { const r = await m.judged(id); console.log(name, id, r.judgement.quantized, r.judgement.flips, r.integer); lap(id); }
});

import { writeFile } from 'node:fs/promises';
import { serializeModel } from '../src/onnx/model.ts';
import { hexagonGraph } from '../test/support/hexagon-graph.ts';
import { makeModel } from '../test/support/models.ts';

// Writes the graph of test/unit/quantization/hexagon.test.ts, for `aimet.py --rules`: npx tsx verification/hexagon-model.ts <file>

await writeFile(process.argv[2], serializeModel(makeModel(hexagonGraph())));

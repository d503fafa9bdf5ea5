import { writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { configSchema } from '../src/config/config-schema.ts';
import { reportSchema } from '../src/report/report-schema.ts';
import { verificationSchema } from '../src/verification/verification-schema.ts';

const files = {
  'quantgate.schema.json': z.toJSONSchema(configSchema, { io: 'input' }),
  'report.schema.json': z.toJSONSchema(reportSchema, { io: 'input' }),
  'verify.schema.json': z.toJSONSchema(verificationSchema, { io: 'input' }),
};

for (const [name, schema] of Object.entries(files)) {
  await writeFile(new URL(`../schema/${name}`, import.meta.url), `${JSON.stringify(schema, null, 2)}\n`);
}

import {
  CompressionCodecs,
  ConvertedTypes,
  FieldRepetitionTypes,
  ParquetTypes,
} from 'hyparquet/src/constants.js';
import { z } from 'zod';

/** Structs of parquet.thrift as they come: fields by number, text as bytes, 64-bit integers as bigint. */
const count = z.union([z.int(), z.bigint()]).transform(Number).pipe(z.int().min(0));
const text = z
  .instanceof(Uint8Array)
  .refine((bytes) => bytes.length <= 4096)
  .transform((bytes) => Buffer.from(bytes).toString('utf8'));

const MAX_COLUMNS = 10_000;
const MAX_GROUPS = 100_000;

/** Logical types by the number of their field, where it is no integer. */
const LOGICAL: Readonly<Record<string, string>> = { field_1: 'STRING', field_3: 'LIST', field_15: 'FLOAT16' };

const logicalType = z.record(z.string(), z.unknown()).transform((fields) => {
  const integer = z.object({ field_1: z.int(), field_2: z.boolean() }).safeParse(fields.field_10).data;
  if (integer !== undefined) return { bits: integer.field_1, signed: integer.field_2 };
  const [key] = Object.keys(fields);
  return LOGICAL[key] ?? 'OTHER';
});

const schemaElement = z
  .object({
    field_1: z.int().optional(),
    field_2: z.int().optional(),
    field_3: z.int().optional(),
    field_4: text,
    field_5: z.int().min(0).max(MAX_COLUMNS).optional(),
    field_6: z.int().optional(),
    field_10: logicalType.optional(),
  })
  .transform((fields) => ({
    type: nameIn(ParquetTypes, fields.field_1),
    typeLength: fields.field_2,
    repetition: nameIn(FieldRepetitionTypes, fields.field_3) ?? 'REQUIRED',
    name: fields.field_4,
    children: fields.field_5 ?? 0,
    convertedType:
      fields.field_6 === undefined ? undefined : (nameIn(ConvertedTypes, fields.field_6) ?? 'OTHER'),
    logicalType: fields.field_10,
  }));

const columnChunk = z
  .object({
    field_1: text.optional(),
    field_3: z.object({
      field_3: z.array(text).min(1).max(64),
      field_4: z.int(),
      field_5: count,
      field_7: count,
      field_9: count,
      field_11: count.optional(),
    }),
  })
  .transform(({ field_1: otherFile, field_3: meta }) => {
    const first = Math.min(meta.field_9, meta.field_11 || meta.field_9);
    return {
      path: meta.field_3.join('\n'),
      codec: nameIn(CompressionCodecs, meta.field_4) ?? `codec ${meta.field_4}`,
      values: meta.field_5,
      start: first,
      end: first + meta.field_7,
      isElsewhere: otherFile !== undefined,
    };
  });

/** The metadata of a file, as far as they are used. */
export const footerSchema = z
  .object({
    field_2: z.array(schemaElement).min(1).max(MAX_COLUMNS),
    field_3: count,
    field_4: z
      .array(
        z
          .object({ field_1: z.array(columnChunk).max(MAX_COLUMNS), field_3: count })
          .transform(({ field_1: chunks, field_3: rows }) => ({ chunks, rows })),
      )
      .max(MAX_GROUPS),
  })
  .transform(({ field_2: schema, field_3: rows, field_4: groups }) => ({ schema, rows, groups }));

export type SchemaElement = z.output<typeof schemaElement>;
/** Where the values of a leaf lie in the file, in bytes: those of one row group. */
export type ColumnChunk = z.output<typeof columnChunk>;

function nameIn<T>(names: readonly T[], index: number | undefined): T | undefined {
  return index === undefined ? undefined : names[index];
}

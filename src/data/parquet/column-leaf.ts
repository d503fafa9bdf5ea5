import type { ElementType } from '../../numerics/tensor.ts';
import type { SchemaElement } from './footer-schema.ts';

/** A column of a table, as far as it can be read. */
export interface ParquetColumn {
  /** Of the column that people see; what lies in it has a path of more parts. */
  readonly name: string;
  readonly leaf: Leaf | undefined;
}

/** Where the values of a column lie, and what they are. */
export interface Leaf {
  /** As row groups name it, parts joined by line feeds. */
  readonly path: string;
  readonly physical: string;
  /** Text, bytes such as those of a picture, or numbers. */
  readonly holds: 'text' | 'bytes' | ElementType;
  /** Lists within each other: dimensions of a value. */
  readonly axes: number;
  /** Definition level of a value that is there. */
  readonly depth: number;
}

const MAX_DEPTH = 64;

/**
 * The columns of a schema. One that nests lists around one value, or that holds pictures as Hugging Face's `Image` has them
 * (a struct of `bytes` and `path`), has a leaf; others have none.
 *
 * @throws RangeError when the schema does not hold what it declares
 */
export function parquetColumns(schema: readonly SchemaElement[]): readonly ParquetColumn[] {
  const [root] = schema;
  if (root === undefined) throw new RangeError('its schema is empty');
  const columns: ParquetColumn[] = [];
  let at = 1;
  for (let i = 0; i < root.children; i++) {
    const top = nodeAt(schema, at);
    const end = endOf(schema, at, 0);
    columns.push({ name: top.name, leaf: leafOf(schema, at) });
    at = end;
  }
  return columns;
}

function nodeAt(schema: readonly SchemaElement[], at: number): SchemaElement {
  const node = schema[at];
  if (node === undefined) throw new RangeError('its schema is cut off');
  return node;
}

function endOf(schema: readonly SchemaElement[], at: number, depth: number): number {
  if (depth > MAX_DEPTH) throw new RangeError('its schema is nested too deep');
  const { children } = nodeAt(schema, at);
  let end = at + 1;
  for (let i = 0; i < children; i++) end = endOf(schema, end, depth + 1);
  return end;
}

function leafOf(schema: readonly SchemaElement[], top: number): Leaf | undefined {
  const path: string[] = [];
  let [axes, depth, at] = [0, 0, top];
  for (;;) {
    const node = nodeAt(schema, at);
    path.push(node.name);
    if (node.repetition !== 'REQUIRED') depth++;
    if (node.repetition === 'REPEATED') axes++;
    if (node.children === 0) {
      const holds = holdingOf(node);
      return holds && { path: path.join('\n'), physical: node.type!, holds, axes, depth };
    }
    const inner = node.children === 1 ? at + 1 : bytesAmong(schema, at, node.children);
    if (inner === undefined) return undefined;
    at = inner;
  }
}

/** Of a struct, the member that holds the bytes of a picture. */
function bytesAmong(schema: readonly SchemaElement[], at: number, children: number): number | undefined {
  let child = at + 1;
  for (let i = 0; i < children; i++) {
    const { name, type } = nodeAt(schema, child);
    if (name === 'bytes' && type === 'BYTE_ARRAY') return child;
    child = endOf(schema, child, 0);
  }
  return undefined;
}

const plain: Readonly<Record<string, Leaf['holds']>> = {
  BOOLEAN: 'bool',
  INT32: 'int32',
  INT64: 'int64',
  FLOAT: 'float32',
  DOUBLE: 'float64',
  BYTE_ARRAY: 'bytes',
};
const converted: Readonly<Record<string, ElementType>> = {
  INT_8: 'int8',
  INT_16: 'int16',
  INT_32: 'int32',
  INT_64: 'int64',
  UINT_8: 'uint8',
  UINT_16: 'uint16',
  UINT_32: 'uint32',
  UINT_64: 'uint64',
};
const TEXTS = ['UTF8', 'JSON', 'ENUM'];

/** Undefined for dates, decimals and the like. */
function holdingOf({
  type,
  typeLength,
  convertedType,
  logicalType,
}: SchemaElement): Leaf['holds'] | undefined {
  if (logicalType === 'FLOAT16')
    return type === 'FIXED_LEN_BYTE_ARRAY' && typeLength === 2 ? 'float16' : undefined;
  if (type === 'BYTE_ARRAY' && (logicalType === 'STRING' || TEXTS.includes(convertedType ?? '')))
    return 'text';
  if (logicalType !== undefined && typeof logicalType === 'object') {
    const holds = converted[`${logicalType.signed ? '' : 'U'}INT_${logicalType.bits}`];
    return type === (logicalType.bits === 64 ? 'INT64' : 'INT32') ? holds : undefined;
  }
  if (logicalType !== undefined) return undefined;
  if (convertedType === undefined) return plain[type ?? ''];
  const isWide = convertedType.endsWith('_64');
  return type === (isWide ? 'INT64' : 'INT32') ? converted[convertedType] : undefined;
}

/** What of JSON Schema the schemas of this repository use. */
export interface Schema {
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: Schema | false;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly propertyNames?: Schema;
  readonly additionalProperties?: Schema | false;
}

/** What a value may be, in words: `whole number, 4 to 16`. */
export function typeInWords(schema: Schema): string {
  if (schema.title !== undefined) return schema.title;
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(typeInWords))].join(', or ');
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(code).join(', ');
  switch (schema.type) {
    case 'integer':
      return `whole number${bounds(schema)}`;
    case 'number':
      return `number${bounds(schema)}`;
    case 'boolean':
      return '`true` or `false`';
    case 'array':
      if (schema.items === false) return `list of ${schema.maxItems} values`;
      return `list${count(schema)}: ${schema.items ? typeInWords(schema.items) : 'values'}`;
    case 'object':
      return schema.properties === undefined ? recordInWords(schema) : 'map';
    default:
      return 'text';
  }
}

/** A value as people write it in YAML on one line. */
export function code(value: unknown): string {
  return `\`${typeof value === 'string' ? value : JSON.stringify(value).replaceAll(',', ', ')}\``;
}

function recordInWords({ propertyNames, additionalProperties }: Schema): string {
  const keys = propertyNames === undefined ? 'name' : typeInWords(propertyNames);
  return `map from ${keys} to ${additionalProperties ? typeInWords(additionalProperties) : 'a value'}`;
}

/** Bounds so far out are none to people. */
const ENDLESS = 1e9;

function bounds({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Schema): string {
  const from = minimum !== undefined && minimum > -ENDLESS ? `${minimum}` : undefined;
  const above = exclusiveMinimum !== undefined ? `above ${exclusiveMinimum}` : undefined;
  const to = maximum !== undefined && maximum < ENDLESS ? `${maximum}` : undefined;
  const below = exclusiveMaximum !== undefined ? `below ${exclusiveMaximum}` : undefined;
  if (from !== undefined && to !== undefined) return `, ${from} to ${to}`;
  const words = [from && `from ${from}`, above, to && `up to ${to}`, below].filter(Boolean);
  return words.length === 0 ? '' : `, ${words.join(' and ')}`;
}

function count({ minItems = 0, maxItems }: Schema): string {
  if (maxItems === undefined) return minItems === 0 ? '' : ` of at least ${minItems}`;
  return minItems === 0 ? ` of up to ${maxItems}` : ` of ${minItems} to ${maxItems}`;
}

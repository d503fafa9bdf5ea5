import { Document, Scalar, type YAMLMap } from 'yaml';

/** A range to pin. */
export interface Pin {
  readonly tensor: string;
  readonly alpha: number;
  readonly beta: number;
}

/** `"conv1/relu": { alpha: 0, beta: 5.2 }` for each pin: on one line, whatever the name. */
export function pinLines(pins: readonly Pin[]): string[] {
  return pins.map((pin) => `${quoted(pin.tensor)}: ${rangeOf(pin)}`);
}

/** The `ranges:` block of a target in `quantgate.yml`, ready to be pasted. */
export function rangesYaml(pins: readonly Pin[]): string {
  return ['ranges:', ...pinLines(pins).map((line) => `  ${line}`)].join('\n');
}

/** An entry of `targets:` for a chip that has nothing but its defaults, with ranges. */
export function targetYaml(chip: string, pins: readonly Pin[]): string {
  const lines = [`chip: ${chip}`, ...rangesYaml(pins).split('\n')];
  return lines.map((line, i) => `${i === 0 ? '- ' : '  '}${line}`).join('\n');
}

function rangeOf({ alpha, beta }: Pin): string {
  const document = new Document({ alpha, beta });
  (document.contents as unknown as YAMLMap).flow = true;
  return document.toString({ lineWidth: 0 }).trimEnd();
}

/** In double quotes; what draws nothing or changes the order of other characters is written as an escape. */
function quoted(name: string): string {
  const scalar = new Scalar(name);
  scalar.type = 'QUOTE_DOUBLE';
  const text = new Document(scalar).toString({ lineWidth: 0, doubleQuotedAsJSON: true }).trimEnd();
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (character) => {
    const code = character.codePointAt(0)!;
    return code > 0xffff
      ? `\\U${code.toString(16).padStart(8, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

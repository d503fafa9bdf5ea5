/** What GitHub would make something of, or a terminal obey, of text that came from a stranger's file. */
const LIVE: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['a control character', /[^\P{Cc}\n\t]/u],
  ['a bidirectional character', /[\u202a-\u202e\u2066-\u2069]/],
  ['a mention', /(?<![\w/&#])@[\w-]/],
  [
    'a tag that is not ours',
    /<(?!\/?(code|details|summary|sub|sup|br|b|i|a|p|img|picture|source|table|tr|td|th|h\d|pre|em|strong|kbd)\b|!--)[a-z!/]/i,
  ],
  ['a handler', /<[^>]*\son\w+=/i],
  ['a workflow command', /^::/m],
];

/** @throws Error when Markdown holds what a stranger could use */
export function assertInert(markdown: string): void {
  const text = markdown.replace(/^(`{3,}|~{3,}).*\n[\s\S]*?^\1$/gm, '');
  for (const [what, pattern] of LIVE) {
    const found = pattern.exec(text);
    if (found !== null)
      throw new Error(`${what}: ${JSON.stringify(text.slice(found.index, found.index + 60))}`);
  }
}

/** @throws Error when a line holds more than one, or what a terminal obeys */
export function assertOneLine(line: string): void {
  const found = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.exec(line);
  if (found !== null) throw new Error(`a line with U+${found[0].codePointAt(0)!.toString(16)}`);
}

import { glossaryUrl, termOf } from '../../glossary.ts';

/** A word as a link to what it means, or as it is where the glossary does not have it. */
export function GlossaryWord({ words }: { readonly words: string }) {
  const term = termOf(words);
  if (term === undefined) return <>{words}</>;
  return (
    <a class="word" href={glossaryUrl(term)} target="_blank" rel="noreferrer">
      {words}
    </a>
  );
}

import { GlossaryWord } from './glossary-word.tsx';

/** Terms with what is known of them; those of which nothing is are left out. */
export function Facts({
  facts,
  kind = '',
}: {
  readonly facts: readonly (readonly [string, string | null | undefined])[];
  readonly kind?: string;
}) {
  return (
    <dl class={`facts ${kind}`}>
      {facts.map(([term, value]) =>
        value == null ? null : (
          <div key={term}>
            <dt>
              <GlossaryWord words={term} />
            </dt>
            <dd>{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}

import type { JudgedTarget } from '../../report-schema.ts';
import { VerdictMark } from './verdict-mark.tsx';

interface Props {
  readonly target: JudgedTarget;
  /** Their ids are these in small letters. */
  readonly sections: readonly string[];
}

/** Which target is shown, and the ways to what is said of it. */
export function SectionNav({ target, sections }: Props) {
  return (
    <nav class="sections" aria-label={`Sections of ${target.target}`}>
      <strong>{target.target}</strong>
      <VerdictMark verdict={target.verdict} />
      <span class="links">
        {sections.map((section) => (
          <a key={section} href={`#${section.toLowerCase()}`}>
            {section}
          </a>
        ))}
      </span>
    </nav>
  );
}

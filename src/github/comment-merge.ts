import type { Comment, Section } from './comment-body.ts';

/**
 * Two states of one comment as one: the later run's; of one run the sections of both, each as its latest attempt wrote
 * it. Jobs of a matrix get the same comment in whatever order they merge into it. `b` wins where nothing decides.
 */
export function mergeComments(a: Comment, b: Comment): Comment {
  if (a.run !== b.run) return a.run > b.run ? a : b;
  const sections = new Map<string, Section>(a.sections.map((section) => [section.key, section]));
  for (const section of b.sections) {
    const other = sections.get(section.key);
    if (other === undefined || other.attempt <= section.attempt) sections.set(section.key, section);
  }
  return { ...b, sections: [...sections.values()] };
}

/** `mergeComments` where `b` has all that its attempt of the run says: nothing of an earlier attempt stays. */
export function replaceComment(a: Comment, b: Comment): Comment {
  if (a.run !== b.run) return a.run > b.run ? a : b;
  return lastAttempt(a) > lastAttempt(b) ? a : b;
}

/** The latest attempt that wrote into a comment; 0 of none. */
export function lastAttempt({ sections }: Pick<Comment, 'sections'>): number {
  return Math.max(0, ...sections.map(({ attempt }) => attempt));
}

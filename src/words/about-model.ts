/** A problem as that of a model: many begin with its name already. */
export function aboutModel(name: string, problem: string): string {
  return problem.startsWith(`${name}: `) ? problem : `${name}: ${problem}`;
}

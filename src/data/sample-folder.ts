/** The name of the folder of a sample, or of samples that a model takes together. */
export function sampleFolder(index: number): string {
  return String(index).padStart(6, '0');
}

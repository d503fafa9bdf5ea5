/**
 * A path and what of its file is meant: an array of an archive after a colon (`data.npz:images`), a column of a table after a
 * number sign (`test.parquet#image`).
 */
export function splitMember(source: string): { path: string; member?: string } {
  const match = /^(.*?\.npz):(.+)$/is.exec(source) ?? /^(.*?\.parquet)#(.+)$/is.exec(source);
  return match === null ? { path: source } : { path: match[1], member: match[2] };
}

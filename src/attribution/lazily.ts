/** Something that has to be closed, opened when it is first asked for. */
export interface Lazily<T> {
  get(): Promise<T>;
  /** Where it was not opened, nothing happens. */
  close(): Promise<void>;
}

export function lazily<T extends { close(): Promise<void> }>(open: () => Promise<T>): Lazily<T> {
  let opened: Promise<T> | undefined;
  return {
    get: () => {
      opened ??= open();
      return opened;
    },
    close: async () => {
      // What could not be opened has been told to who asked.
      await opened?.then(
        (each) => each.close(),
        () => {},
      );
    },
  };
}

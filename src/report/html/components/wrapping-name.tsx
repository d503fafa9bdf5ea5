/** A name that may be broken behind its slashes and dots. */
export function WrappingName({ name }: { readonly name: string }) {
  const parts = name.split(/(?<=[/._])/);
  return (
    <>
      {parts.map((part, i) => (
        <>
          {i > 0 && <wbr />}
          {part}
        </>
      ))}
    </>
  );
}

import { useState } from 'preact/hooks';

interface Props {
  readonly text: string;
  /** Where it is to be pasted, in the words of a sentence. */
  readonly where: string;
}

/** Text to copy. */
export function PasteBlock({ text, where }: Props) {
  const [isCopied, setIsCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setIsCopied(true);
    setTimeout(() => setIsCopied(false), 2000);
  };
  return (
    <figure class="paste">
      <figcaption>
        In {where}{' '}
        <button type="button" onClick={() => void copy()}>
          {isCopied ? 'Copied' : 'Copy'}
        </button>
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard */}
      <pre tabIndex={0}>{text.trimEnd()}</pre>
    </figure>
  );
}

import { useEffect, useState } from 'preact/hooks';

/** Whether the page is being printed: then everything is shown that is folded otherwise. */
export function usePrinting(): boolean {
  const [isPrinting, setIsPrinting] = useState(false);
  useEffect(() => {
    const before = () => {
      for (const each of document.querySelectorAll('details')) each.open = true;
      setIsPrinting(true);
    };
    const after = () => setIsPrinting(false);
    window.addEventListener('beforeprint', before);
    window.addEventListener('afterprint', after);
    return () => {
      window.removeEventListener('beforeprint', before);
      window.removeEventListener('afterprint', after);
    };
  }, []);
  return isPrinting;
}

import { createContext } from 'preact';
import { useContext, useEffect, useLayoutEffect, useState } from 'preact/hooks';

/** Whether the page is being printed: then everything is shown that is folded or left out otherwise. */
export const Printing = createContext(false);

export function useIsPrinting(): boolean {
  return useContext(Printing);
}

/** For the provider of `Printing`. */
export function usePrinting(): boolean {
  const [isPrinting, setIsPrinting] = useState(false);
  useEffect(() => {
    const before = () => setIsPrinting(true);
    const after = () => setIsPrinting(false);
    window.addEventListener('beforeprint', before);
    window.addEventListener('afterprint', after);
    return () => {
      window.removeEventListener('beforeprint', before);
      window.removeEventListener('afterprint', after);
    };
  }, []);
  // Once all that is printed is there.
  useLayoutEffect(() => {
    if (isPrinting) for (const each of document.querySelectorAll('details')) each.open = true;
  }, [isPrinting]);
  return isPrinting;
}

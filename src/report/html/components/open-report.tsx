import { useEffect, useRef, useState } from 'preact/hooks';
import { MAX_REPORT_BYTES, type ReadReport, readReportText, tooLarge } from '../read-report.ts';

/** Takes a report.json by a picker, or dropped anywhere on the page. */
export function OpenReport({ onOpen }: { readonly onOpen: (read: ReadReport) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const [isOver, setIsOver] = useState(false);
  useEffect(() => {
    const take = async (file: File | undefined) => {
      if (file === undefined) return;
      onOpen(file.size > MAX_REPORT_BYTES ? tooLarge : readReportText(await file.text()));
    };
    const over = (event: DragEvent) => {
      event.preventDefault();
      setIsOver(true);
    };
    const leave = (event: DragEvent) => event.relatedTarget === null && setIsOver(false);
    const drop = (event: DragEvent) => {
      event.preventDefault();
      setIsOver(false);
      void take(event.dataTransfer?.files[0]);
    };
    const picker = input.current;
    const pick = async () => {
      await take(picker?.files?.[0]);
      // The same file may be chosen again.
      if (picker !== null) picker.value = '';
    };
    picker?.addEventListener('change', pick);
    document.addEventListener('dragover', over);
    document.addEventListener('dragleave', leave);
    document.addEventListener('drop', drop);
    return () => {
      picker?.removeEventListener('change', pick);
      document.removeEventListener('dragover', over);
      document.removeEventListener('dragleave', leave);
      document.removeEventListener('drop', drop);
    };
  }, [onOpen]);
  return (
    <>
      <label class="button open">
        Open a report.json
        <input ref={input} type="file" accept=".json,application/json" class="unseen" />
      </label>
      {isOver && <div class="drop">Drop report.json here</div>}
    </>
  );
}

import { render } from 'preact';
import { App } from './components/app.tsx';
import { embeddedReport } from './read-report.ts';

const embedded = document.getElementById('report')?.textContent ?? '';
const page = document.getElementById('page');
if (page !== null) render(<App first={embedded === '' ? undefined : embeddedReport(embedded)} />, page);

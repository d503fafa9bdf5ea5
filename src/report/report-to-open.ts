/** The file of a report that a person is told to open. */
export const REPORT_TO_OPEN = 'report.html';

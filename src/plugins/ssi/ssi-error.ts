/** What is wrong with a command: it goes to the error log, and `errmsg` into the page. */
export class SsiError extends Error {}

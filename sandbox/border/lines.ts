/**
 * Header fields as they cross: name, value, name, value…, each on its line. Neither can hold a line
 * feed, and both sides check.
 */
export type Lines = string

/** What stands between names and values. */
export const LINE = '\n'

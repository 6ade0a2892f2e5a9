/** Bytes a command's name and that of a parameter may have (nginx's). */
export const MOST_NAME = 32
/** Parameters of a command (nginx's). */
export const MOST_PARAMETERS = 16
/** Includes that all pages of a client's request may make together. */
export const MOST_INCLUDES = 2000
/** Includes of one page that are under way or wait to be poured. */
export const MOST_PENDING = 64
/** Bytes of a page that wait behind an include before the page itself has to wait. */
export const MOST_WAITING = 65_536
/** Bytes that a text with variables in it may come to. */
export const MOST_TEXT = 65_536
/** Variables, and bytes of blocks, that all pages of a client's request may have together. */
export const MOST_VARIABLES = 1000
export const MOST_BLOCKS = 1_048_576
/** Bytes of a date (nginx's). */
export const MOST_DATE = 2048
/** Milliseconds that a regular expression of a page may take. */
export const MOST_MATCHING = 50

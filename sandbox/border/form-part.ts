/** Of each part of a form, the lines that cross; names are as they stand in the body, escaped. */
export const PART = { name: 0, isFile: 1, filename: 2, type: 3, start: 4, end: 5 } as const

/** How many lines a part has. */
export const PART_LINES = 6

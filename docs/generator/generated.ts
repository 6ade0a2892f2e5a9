/** Stands at the top of every generated page. */
export const GENERATED = '<!-- Written by `npm run docs` from the source. Do not edit. -->'

/** nginx's levels of the error log, least severe first. */
export const LEVELS = [
  'debug',
  'info',
  'notice',
  'warn',
  'error',
  'crit',
  'alert',
  'emerg',
] as const

export type Level = (typeof LEVELS)[number]

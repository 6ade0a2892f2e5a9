/** Where a script takes part. */
export const HOOKS = [
  'fetch',
  'access',
  'request',
  'response',
  'balance',
  'variables',
  'log',
  'scheduled',
] as const

/** A place where a script takes part. */
export type Hook = (typeof HOOKS)[number]

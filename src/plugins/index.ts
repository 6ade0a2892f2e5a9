/**
 * The built-in plugins, in the order in which they stand within a phase (handlers) or a stage
 * (filters); those that files bring follow. It matters where several act in the same one.
 */
export const FIRST_PLUGINS = [
  'variables',
  'script',
  'proxy',
  'round-robin',
  'ip-hash',
  'least-conn',
  'hash',
  'random',
  'map',
  'split-clients',
  'geo',
  'limit-except',
  'rewrite',
  'real-ip',
  'limit-req',
  'limit-conn',
  'access',
  'auth-request',
  'try-files',
  'mirror',
  'not-modified',
  'headers',
  'addition',
  'sub-filter',
  'charset',
  'ssi',
  'gzip',
  'range',
  'limit-rate',
  'access-log',
  'stub-status',
  'script-status',
  'internal-tls',
] as const

/**
 * The built-in plugins behind all others: they answer whatever nobody else wants, `index` the
 * requests that end in a slash and `static` the rest.
 */
export const LAST_PLUGINS = ['index', 'static'] as const

export const BUILT_IN_PLUGINS = [...FIRST_PLUGINS, ...LAST_PLUGINS]

/**
 * The built-in plugins, in the order in which they stand within a phase (handlers) or a stage
 * (filters); those that files bring follow. It matters where several act in the same one.
 */
export const FIRST_PLUGINS = [
  'variables',
  'script',
  'proxy',
  'memcached',
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
  'referer',
  'secure-link',
  'browser',
  'access',
  'access-key',
  'auth-basic',
  'auth-request',
  'try-files',
  'mirror',
  'slice',
  'not-modified',
  'headers',
  'cors',
  'userid',
  'addition',
  'sub-filter',
  'image-filter',
  'charset',
  'ssi',
  'zstd',
  'brotli',
  'gzip',
  'range',
  'limit-rate',
  'access-log',
  'stub-status',
  'script-status',
  'empty-gif',
  'flv',
  'mp4',
  'notice',
  'internal-tls',
] as const

/**
 * The built-in plugins behind all others, in the order in which they are asked: they answer whatever
 * nobody else wants, `static` what none of the others has.
 */
export const LAST_PLUGINS = [
  'random-index',
  'index',
  'autoindex',
  'dav',
  'gzip-static',
  'static',
] as const

export const BUILT_IN_PLUGINS = [...FIRST_PLUGINS, ...LAST_PLUGINS]

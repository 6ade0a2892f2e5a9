/**
 * The built-in plugins, in the order in which they stand within a phase (handlers) or a stage
 * (filters). It matters where several may act on one request:
 * content: `index` before `static`, for a request that ends in a slash is `index`'s business;
 * edit: `not-modified` before `headers`, so that a 304 carries the added headers, too.
 */
export const BUILT_IN_PLUGINS = [
  'proxy',
  'round-robin',
  'ip-hash',
  'index',
  'static',
  'return',
  'access',
  'not-modified',
  'headers',
  'gzip',
  'range',
  'access-log',
  'stub-status',
] as const

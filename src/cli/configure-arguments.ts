import { BUILT_IN_PLUGINS } from '../plugins/index.ts'

/** Modules that nginx builds when it is asked to, and the plugins that are the same. */
export const WITH: Readonly<Record<string, string>> = {
  realip: 'real-ip',
  addition: 'addition',
  xslt: 'xslt',
  image_filter: 'image-filter',
  geoip: 'geoip',
  sub: 'sub-filter',
  dav: 'dav',
  flv: 'flv',
  mp4: 'mp4',
  gunzip: 'gzip',
  gzip_static: 'gzip-static',
  auth_request: 'auth-request',
  random_index: 'random-index',
  secure_link: 'secure-link',
  slice: 'slice',
  stub_status: 'stub-status',
}

/** Modules that nginx builds unless it is told not to, and the plugins that are the same. */
export const WITHOUT: Readonly<Record<string, string>> = {
  charset: 'charset',
  gzip: 'gzip',
  ssi: 'ssi',
  userid: 'userid',
  access: 'access',
  auth_basic: 'auth-basic',
  mirror: 'mirror',
  autoindex: 'autoindex',
  geo: 'geo',
  map: 'map',
  split_clients: 'split-clients',
  referer: 'referer',
  rewrite: 'rewrite',
  proxy: 'proxy',
  fastcgi: 'fastcgi',
  uwsgi: 'uwsgi',
  scgi: 'scgi',
  grpc: 'grpc',
  memcached: 'memcached',
  limit_conn: 'limit-conn',
  limit_req: 'limit-req',
  empty_gif: 'empty-gif',
  browser: 'browser',
  upstream_hash: 'hash',
  upstream_ip_hash: 'ip-hash',
  upstream_least_conn: 'least-conn',
  upstream_least_time: 'least-time',
  upstream_random: 'random',
  upstream_sticky: 'sticky',
  tunnel: 'tunnel',
}

/** Of nginx's build; what the kernel has is always there. */
const KERNEL = ['--with-debug', '--with-threads', '--with-http_ssl_module', '--with-http_v2_module']

/** What is built in, as the arguments of `./configure` that would build an nginx with the same. */
export function configureArguments(
  plugins: ReadonlySet<string> = new Set<string>(BUILT_IN_PLUGINS),
): string[] {
  const asked = Object.keys(WITH).filter((module) => plugins.has(WITH[module] ?? ''))
  const left = Object.keys(WITHOUT).filter((module) => !plugins.has(WITHOUT[module] ?? ''))
  return [
    ...KERNEL,
    ...asked.map((module) => `--with-http_${module}_module`),
    ...left.map((module) => `--without-http_${module}_module`),
    ...(plugins.has('cache') ? [] : ['--without-http-cache']),
  ]
}

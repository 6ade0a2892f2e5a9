import type { Directive, Directives, Scope } from '../../kernel/directive/directive.ts'
import { directive, flag, number, oneOf, size, text, time } from '../../kernel/directive/readers.ts'

const PLACES: readonly Scope[] = ['http', 'server', 'location']
const MAIN: readonly Scope[] = ['main']

const FILES = 'files are read by Node, small ones at once, larger ones in pieces of output_buffers'
const OPEN_FILES = 'file_cache remembers small files, and compares them with the disk each time'
const HASHES = 'tables grow as needed'
const POOLS = 'memory is managed by the engine of JavaScript'
const SOCKETS = 'Node does not set it for sockets'
const OLD_BROWSERS = 'it is for browsers of the last century'

/** nginx's words that are accepted, checked, and change nothing: each tells why. */
export const idleDirectives: Directives = {
  ...idle(FILES, {
    sendfile: flag(of([...PLACES, 'if'], false)),
    sendfile_max_chunk: size(of(PLACES, 0)),
    aio: words(PLACES, 'on | off | threads[=pool]', /^(on|off|threads(=.+)?)$/),
    aio_write: flag(of(PLACES, false)),
    directio: words(PLACES, 'size | off', /^(off|\d+[kKmMgG]?)$/),
    directio_alignment: size(of(PLACES, 512)),
    read_ahead: size(of(PLACES, 0)),
    subrequest_output_buffer_size: size(of(PLACES, 0)),
  }),
  ...idle(OPEN_FILES, {
    open_file_cache: words(PLACES, 'off | max=N [inactive=time]', /^(off|(max|inactive)=\w+)$/, 2),
    open_file_cache_errors: flag(of(PLACES, false)),
    open_file_cache_events: flag(of(PLACES, false)),
    open_file_cache_min_uses: number(of(PLACES, 1)),
    open_file_cache_valid: time(of(PLACES, 60_000)),
  }),
  ...idle('keys and certificates are read once for all that name them', {
    ssl_certificate_cache: cacheOf(['http', 'server']),
    proxy_ssl_certificate_cache: cacheOf(PLACES),
    ssl_object_cache_inheritable: flag(of(MAIN, true)),
  }),
  ...idle(HASHES, {
    server_names_hash_bucket_size: size(of(['http'], 0)),
    server_names_hash_max_size: size(of(['http'], 0)),
    variables_hash_bucket_size: size(of(['http'], 0)),
    variables_hash_max_size: size(of(['http'], 0)),
    types_hash_bucket_size: size(of(PLACES, 0)),
    types_hash_max_size: size(of(PLACES, 0)),
    proxy_headers_hash_bucket_size: size(of(PLACES, 0)),
    proxy_headers_hash_max_size: size(of(PLACES, 0)),
    referer_hash_bucket_size: size(of(['server', 'location'], 0)),
    referer_hash_max_size: size(of(['server', 'location'], 0)),
  }),
  ...idle(POOLS, {
    connection_pool_size: size(of(['http', 'server'], 0)),
    request_pool_size: size(of(['http', 'server'], 0)),
  }),
  ...idle(SOCKETS, {
    tcp_nopush: flag(of(PLACES, false)),
    send_lowat: size(of(PLACES, 0)),
    proxy_send_lowat: size(of(PLACES, 0)),
    proxy_socket_rcvbuf: size(of(PLACES, 0)),
    proxy_socket_sndbuf: size(of(PLACES, 0)),
  }),
  ...idle(OLD_BROWSERS, {
    msie_padding: flag(of(PLACES, true)),
    msie_refresh: flag(of(PLACES, false)),
    keepalive_disable: words(PLACES, 'none | browser ...', /^(none|msie6|safari)$/, 3),
  }),
  ...idle('regular expressions are compiled by the engine of JavaScript', {
    pcre_jit: flag(of(MAIN, false)),
  }),
  ...idle('Node has its own threads and timers', {
    thread_pool: {
      ...words(MAIN, 'name threads=number [max_queue=number]', /./, 3, 2),
      repeat: true,
    },
    timer_resolution: time(of(MAIN, 0)),
    worker_aio_requests: number(of(['events'], 32)),
  }),
  ...idle('accepting needs no lock', { lock_file: text(of(MAIN, '')) }),
  ...idle('it is about errors in the program nginx', {
    debug_points: oneOf(['abort', 'stop'], of<'abort' | 'stop'>(MAIN, 'stop')),
    worker_rlimit_core: size(of(MAIN, 0)),
    working_directory: text(of(MAIN, '')),
  }),
  ...idle('Node cannot raise the limit; LimitNOFILE= of systemd and ulimit -n do', {
    worker_rlimit_nofile: number(of(MAIN, 0)),
  }),
}

function of<V>(
  scopes: readonly Scope[],
  value: V,
): { in: readonly Scope[]; default: V; doc: string } {
  return { in: scopes, default: value, doc: '' }
}

function words(
  scopes: readonly Scope[],
  usage: string,
  allowed: RegExp,
  max = 1,
  min = 1,
): Directive<readonly string[]> {
  return directive<readonly string[]>({
    ...of(scopes, []),
    usage,
    min,
    max,
    read: (entry) => {
      const wrong = entry.args.find((word) => !allowed.test(word))
      return wrong === undefined ? entry.args : entry.fail(`invalid value "${wrong}"`)
    },
  })
}

function cacheOf(scopes: readonly Scope[]): Directive<readonly string[]> {
  const usage = 'off | max=N [inactive=time] [valid=time]'
  return words(scopes, usage, /^(off|(max|inactive|valid)=\w+)$/, 3)
}

function idle(why: string, directives: Directives): Directives {
  const doc = `Accepted, and without meaning here: ${why}.`
  return Object.fromEntries(
    Object.entries(directives).map(([name, each]) => [name, { ...each, doc, idle: why }]),
  )
}

import { builtinModules } from 'node:module'

const NO_FILES =
  'scripts have no file system; import the file (JSON, text) so that it becomes part of the bundle, or keep data in a KV binding'
const NO_PROCESSES = 'scripts start no processes; call a service with fetch'
const NO_SOCKETS = 'scripts open no sockets; use fetch, or an upstream binding'
const NO_THREADS = 'a script is one thread; the gateway runs many of them side by side'
const NO_INSIGHT = 'there is nothing like it in the sandbox; leave it out'
const FETCH = 'use the global fetch; a script answers requests with its fetch() hook'
const STREAMS = 'use ReadableStream, WritableStream and TransformStream'
const POSIX_PATHS = 'use URL for addresses; for paths there is the npm package pathe'
const DNS = 'fetch resolves names; a script cannot look them up'
const CONSOLE = 'use the global console'

/** What to use instead of a module of Node, by its name up to the first slash. */
const ALTERNATIVES: Readonly<Record<string, string>> = {
  assert: 'throw an Error; in tests, test outside the sandbox',
  async_hooks: 'pass request and ctx as arguments',
  buffer: 'use Uint8Array, TextEncoder, TextDecoder, atob and btoa',
  child_process: NO_PROCESSES,
  cluster: NO_THREADS,
  console: CONSOLE,
  constants: 'write the number itself',
  crypto: 'use the global crypto (crypto.subtle, getRandomValues, randomUUID)',
  dgram: NO_SOCKETS,
  diagnostics_channel: NO_INSIGHT,
  dns: DNS,
  domain: 'use try and catch, or a promise',
  events: 'use the global EventTarget, or the npm package events',
  ffi: NO_PROCESSES,
  fs: NO_FILES,
  http: FETCH,
  http2: FETCH,
  https: FETCH,
  inspector: NO_INSIGHT,
  module: 'everything is bundled; write import with a fixed path',
  net: NO_SOCKETS,
  os: 'a script knows nothing of the machine; navigator.userAgent names the gateway',
  path: POSIX_PATHS,
  perf_hooks: 'use the global performance',
  process: 'use env, the second argument of every hook; queueMicrotask for nextTick',
  punycode: 'use URL, which encodes host names, or the npm package punycode',
  querystring: 'use the global URLSearchParams',
  quic: NO_SOCKETS,
  readline: 'a script has no terminal; read a body with request.text()',
  repl: 'a script has no terminal',
  sea: NO_FILES,
  sqlite: 'use a KV binding, or a database behind fetch',
  stream: STREAMS,
  string_decoder: 'use TextDecoder with { stream: true }',
  sys: 'use template strings and structuredClone',
  test: 'test outside the sandbox, with gateway/testing',
  timers: 'use the global setTimeout, setInterval and queueMicrotask',
  tls: NO_SOCKETS,
  trace_events: NO_INSIGHT,
  tty: 'a script has no terminal; use the global console',
  url: 'use the globals URL, URLSearchParams and URLPattern',
  util: 'use template strings, structuredClone, TextEncoder and TextDecoder',
  v8: 'use structuredClone, or JSON',
  vm: 'a script runs no other code than its bundle',
  wasi: 'the engine has no WebAssembly',
  worker_threads: NO_THREADS,
  zlib: 'use CompressionStream and DecompressionStream',
}

/** Parts of a module whose alternative is another one than the module's. */
const PARTS: Readonly<Record<string, string>> = {
  'timers/promises': 'use new Promise((done) => setTimeout(done, ms))',
  'stream/web': 'the same streams are global here',
  'stream/consumers': 'use new Response(stream).text(), .json() or .arrayBuffer()',
  'util/types': 'use instanceof, Array.isArray and ArrayBuffer.isView',
}

const BUILTINS: ReadonlySet<string> = new Set(
  builtinModules.map((name) => name.replace('node:', '')),
)

/** Whether Node has a module of this name (without `node:`). */
export function isBuiltin(name: string): boolean {
  return BUILTINS.has(name)
}

/** What to use instead of a module of Node's, given without `node:`. */
export function alternativeTo(name: string): string {
  const own = (table: Readonly<Record<string, string>>, key: string) =>
    Object.hasOwn(table, key) ? table[key] : undefined
  const [module = ''] = name.split('/')
  return own(PARTS, name) ?? own(ALTERNATIVES, module) ?? 'scripts have no modules of Node'
}

/** Whether a module has a line of its own in the table. */
export function hasAlternative(name: string): boolean {
  return Object.hasOwn(ALTERNATIVES, name.split('/')[0] ?? '')
}

import type { ContenderName } from './contenders/contender.ts'
import type { Scripted } from './contenders/scripted.ts'
import type { StreamsLoad } from './h2load.ts'
import type { StreamLoad } from './stream-load.ts'
import type { RequestLoad } from './wrk.ts'

/** What must come out, as the ratio of the gateway's figure to another contender's. */
export interface Target {
  readonly figure: 'cpu' | 'throughput' | 'rate'
  readonly against: 'nginx' | 'best Node proxy' | 'gateway, return'
  readonly least?: number
  readonly most?: number
}

/** What the servers of a row do; the origin's port is known only when it runs. */
export type RowWork =
  | { readonly kind: 'logged' | 'limited' | 'rewritten' }
  | { readonly kind: 'return' | 'secure'; readonly http2?: boolean }
  | { readonly kind: 'proxy'; readonly origin: 'nginx' | 'sink'; readonly streaming?: boolean }
  | { readonly kind: 'static'; readonly gzip?: boolean }
  | { readonly kind: 'filtered'; readonly filter: 'ssi' | 'sub_filter' }
  | { readonly kind: 'guarded' | 'compressed' }
  | { readonly kind: 'script'; readonly script: Scripted }

/** One comparison: the same work and load for several servers. */
export interface Row {
  readonly name: string
  /** What is measured, for the reader of the results. */
  readonly text: string
  readonly contenders: readonly ContenderName[]
  readonly work: RowWork
  readonly load: RequestLoad | StreamLoad | StreamsLoad
  /**
   * Connections that ask 125 times a second each, for a second measurement at one rate for all.
   * At full speed the faster server keeps the client so busy that it never has to be woken, which
   * is work the slower server's kernel calls then have to do. Shown beside the other; targets are
   * about full speed.
   */
  readonly paced?: number
  readonly targets: readonly Target[]
}

const EVERY_SERVER: readonly ContenderName[] = ['gateway', 'nginx', 'haproxy']
const EVERY_PROXY: readonly ContenderName[] = [
  ...EVERY_SERVER,
  '@fastify/http-proxy',
  'http-proxy',
  'httpxy',
]
const FILE_SERVERS: readonly ContenderName[] = ['gateway', 'nginx']
const SCRIPT_HOSTS: readonly ContenderName[] = [
  'gateway',
  'gateway, return',
  'nginx + njs',
  'nginx + lua',
  'workerd',
  'isolated-vm',
  'quickjs-emscripten',
]
const HUNDRED_MEGABYTES = 100 * 2 ** 20

/** The rows that compare the same load on several servers, in the order they run. */
export const rows: readonly Row[] = [
  {
    name: 'return',
    text: 'a fixed answer of 13 bytes, 64 keep-alive connections',
    contenders: EVERY_SERVER,
    work: { kind: 'return' },
    load: { paths: ['/'] },
    paced: 320,
    targets: [{ figure: 'cpu', against: 'nginx', most: 1.3 }],
  },
  {
    name: 'proxy-small',
    text: 'an answer of 13 bytes from an origin over keep-alive connections',
    contenders: EVERY_PROXY,
    work: { kind: 'proxy', origin: 'nginx' },
    load: { paths: ['/'] },
    paced: 160,
    targets: [
      { figure: 'cpu', against: 'nginx', most: 1.35 },
      { figure: 'cpu', against: 'best Node proxy', most: 0.45 },
    ],
  },
  {
    name: 'proxy-1k',
    text: 'an answer of 1 KB from an origin',
    contenders: EVERY_PROXY,
    work: { kind: 'proxy', origin: 'nginx' },
    load: { paths: ['/1k.bin'] },
    paced: 160,
    targets: [],
  },
  {
    name: 'proxy-100k',
    text: 'an answer of 100 KB from an origin',
    contenders: EVERY_PROXY,
    work: { kind: 'proxy', origin: 'nginx' },
    load: { paths: ['/100k.bin'] },
    targets: [],
  },
  {
    name: 'proxy-100m',
    text: 'an answer of 100 MB from an origin, 2 connections',
    contenders: EVERY_PROXY,
    work: { kind: 'proxy', origin: 'nginx', streaming: true },
    load: { direction: 'down', path: '/100m.bin', size: HUNDRED_MEGABYTES, connections: 2 },
    targets: [{ figure: 'throughput', against: 'nginx', least: 0.6 }],
  },
  {
    name: 'upload-1k',
    text: 'a request body of 1 KB passed to an origin',
    contenders: EVERY_PROXY,
    work: { kind: 'proxy', origin: 'nginx' },
    load: { paths: ['/'], method: 'POST', body: 1024 },
    paced: 160,
    targets: [],
  },
  {
    name: 'upload-100k',
    text: 'a request body of 100 KB passed to an origin that reads it all first',
    contenders: EVERY_PROXY,
    work: { kind: 'proxy', origin: 'sink' },
    load: { paths: ['/'], method: 'POST', body: 102_400 },
    targets: [],
  },
  {
    name: 'upload-100m',
    text: 'a request body of 100 MB streamed to an origin, 2 connections',
    contenders: EVERY_PROXY,
    work: { kind: 'proxy', origin: 'sink', streaming: true },
    load: { direction: 'up', path: '/', size: HUNDRED_MEGABYTES, connections: 2 },
    targets: [],
  },
  {
    name: 'static-10k',
    text: 'a file of 10 KB',
    contenders: FILE_SERVERS,
    work: { kind: 'static' },
    load: { paths: ['/10k.txt'] },
    paced: 240,
    targets: [{ figure: 'cpu', against: 'nginx', most: 1.1 }],
  },
  {
    name: 'static-100m',
    text: 'a file of 100 MB, 2 connections',
    contenders: FILE_SERVERS,
    work: { kind: 'static' },
    load: { direction: 'down', path: '/100m.bin', size: HUNDRED_MEGABYTES, connections: 2 },
    targets: [],
  },
  {
    name: 'gzip-10k',
    text: 'a file of 10 KB of prose, compressed for every request',
    contenders: FILE_SERVERS,
    work: { kind: 'static', gzip: true },
    load: { paths: ['/10k.txt'] },
    paced: 32,
    targets: [{ figure: 'cpu', against: 'nginx', most: 1.15 }],
  },
  {
    name: 'ssi',
    text: 'a page of 2 KB with three includes of 1 KB each',
    contenders: FILE_SERVERS,
    work: { kind: 'filtered', filter: 'ssi' },
    load: { paths: ['/page.html'] },
    targets: [{ figure: 'cpu', against: 'nginx', most: 1.5 }],
  },
  {
    name: 'sub-filter',
    text: 'a file of 100 KB of prose in which two words are replaced wherever they stand',
    contenders: FILE_SERVERS,
    work: { kind: 'filtered', filter: 'sub_filter' },
    load: { paths: ['/100k.html'] },
    targets: [{ figure: 'cpu', against: 'nginx', most: 1.5 }],
  },
  {
    name: 'auth-basic',
    text: 'a file of 1 KB for who has a password, kept as its SHA-1',
    contenders: FILE_SERVERS,
    work: { kind: 'guarded' },
    load: { paths: ['/1k.bin'], user: 'reader:secret' },
    targets: [{ figure: 'cpu', against: 'nginx', most: 1.5 }],
  },
  {
    name: 'gzip-static',
    text: 'a file of 10 KB of prose, compressed beforehand',
    contenders: FILE_SERVERS,
    work: { kind: 'compressed' },
    load: { paths: ['/prose.txt'] },
    targets: [{ figure: 'cpu', against: 'nginx', most: 1.5 }],
  },
  {
    name: 'access-log',
    text: 'a fixed answer, and a line for each in a log file',
    contenders: FILE_SERVERS,
    work: { kind: 'logged' },
    load: { paths: ['/'] },
    targets: [{ figure: 'cpu', against: 'nginx', most: 1.3 }],
  },
  {
    name: 'limit-req',
    text: 'a file of 1 KB, requests counted by address in a zone of all workers',
    contenders: FILE_SERVERS,
    work: { kind: 'limited' },
    load: { paths: ['/1k.bin'] },
    targets: [{ figure: 'cpu', against: 'nginx', most: 2.6 }],
  },
  {
    name: 'rewriting',
    text: 'a fixed answer behind a rewrite with captures, a map with a regex and two ifs',
    contenders: FILE_SERVERS,
    work: { kind: 'rewritten' },
    load: { paths: ['/items/42/view?kind=v2'] },
    targets: [{ figure: 'cpu', against: 'nginx', most: 1.5 }],
  },
  {
    name: 'tls',
    text: 'a fixed answer over TLS 1.3, 64 keep-alive connections',
    contenders: FILE_SERVERS,
    work: { kind: 'secure' },
    load: { paths: ['/'], tls: true },
    targets: [{ figure: 'cpu', against: 'nginx', most: 1.25 }],
  },
  {
    name: 'tls-handshake',
    text: 'a connection and a full handshake (ECDSA P-256) for each of 16 clients’ requests',
    contenders: FILE_SERVERS,
    work: { kind: 'secure' },
    load: { paths: ['/'], tls: true, close: true, connections: 16 },
    targets: [{ figure: 'rate', against: 'nginx', least: 0.75 }],
  },
  {
    name: 'http2',
    text: 'a fixed answer over HTTP/2 and TLS 1.3, 100 streams on each of 4 connections',
    contenders: FILE_SERVERS,
    work: { kind: 'secure', http2: true },
    load: { path: '/', connections: 4, streams: 100, tls: true },
    targets: [{ figure: 'rate', against: 'nginx', least: 0.45 }],
  },
  {
    name: 'http2-plain',
    text: 'the same without TLS',
    contenders: FILE_SERVERS,
    work: { kind: 'return', http2: true },
    load: { path: '/', connections: 4, streams: 100, tls: false },
    targets: [{ figure: 'rate', against: 'nginx', least: 0.45 }],
  },
  {
    name: 'pipelined',
    text: 'a fixed answer, 16 requests sent at once on each of 64 connections',
    contenders: EVERY_SERVER,
    work: { kind: 'return' },
    load: { paths: ['/'], depth: 16 },
    targets: [],
  },
  {
    name: 'connection-per-request',
    text: 'a fixed answer, a new connection for every request',
    contenders: EVERY_SERVER,
    work: { kind: 'return' },
    load: { paths: ['/'], close: true },
    targets: [],
  },
  {
    name: 'script-trivial',
    text: 'an answer of 13 bytes by a script, in the gateway with a fresh heap for each request',
    contenders: SCRIPT_HOSTS,
    work: { kind: 'script', script: 'trivial' },
    load: { paths: ['/'] },
    targets: [{ figure: 'cpu', against: 'gateway, return', most: 2.2 }],
  },
  {
    name: 'script-json',
    text: 'a script that routes by path and headers and composes 1.8 KB of JSON',
    contenders: SCRIPT_HOSTS,
    work: { kind: 'script', script: 'json' },
    load: { paths: ['/api/v2/orders/12345?expand=items'] },
    targets: [],
  },
]

/** The rows that are measured in ways of their own. */
export const specialRows = [
  'idle-10000',
  'idle-http2',
  'tls-resumption',
  'locations',
  'worker-start',
  'nginx-conf',
  'tenants',
  'plugins-200',
  'dev-reload',
  'plugin-project',
  'noisy-neighbour',
  'websocket-idle',
  'websocket',
  'sandbox',
] as const

export type SpecialRow = (typeof specialRows)[number]

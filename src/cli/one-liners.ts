import { statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { UsageError } from './usage-error.ts'

/** A configuration that is made of command line words alone. */
export interface OneLiner {
  /** As errors name it in the place of a file. */
  readonly name: string
  /** In YAML. */
  readonly text: string
  readonly greeting: string
}

export const DEFAULT_LISTEN = '127.0.0.1:8080'

/** `gateway serve [folder] [listen]`. */
export function serveLine(folder: string, listen: string): OneLiner {
  const root = resolve(folder)
  if (!statSync(root, { throwIfNoEntry: false })?.isDirectory()) {
    throw new UsageError(`"${root}" is not a folder`)
  }
  const address = readListen(listen)
  const server = { root: plain(root), gzip: 'on', location: { '/': {} } }
  return {
    name: 'gateway serve',
    text: configuration(address, server),
    greeting: `serving ${root} on http://${address} (Ctrl-C ends it)`,
  }
}

/** `gateway proxy listen url`. */
export function proxyLine(listen: string, url: string): OneLiner {
  if (!/^http:\/\/[^\s$]+$/.test(url)) {
    throw new UsageError(`"${url}" is no URL to pass requests to; write http://127.0.0.1:3000`)
  }
  const address = readListen(listen)
  const headers = ['Host $http_host', 'X-Forwarded-For $proxy_add_x_forwarded_for']
  const location = { proxy_pass: url, proxy_set_header: headers }
  return {
    name: 'gateway proxy',
    text: configuration(address, { location: { '/': location } }),
    greeting: `passing http://${address} on to ${url} (Ctrl-C ends it)`,
  }
}

/** JSON is YAML. Each has a pid file of its own: it is nobody's gateway but that of one terminal. */
function configuration(address: string, server: object): string {
  const http = { access_log: '/dev/stdout', server: [{ listen: address, ...server }] }
  const pid = join(tmpdir(), `gateway-${process.pid}.pid`)
  const text = { worker_processes: 'auto', pid: plain(pid), error_log: 'stderr error', http }
  return JSON.stringify(text, undefined, 2)
}

/** A port alone is one of this machine only. */
function readListen(word: string): string {
  const address = /^\d{1,5}$/.test(word) ? `127.0.0.1:${word}` : word
  if (!/^[^\s$;{}"'\\]+:\d{1,5}$/.test(address)) {
    throw new UsageError(`"${word}" is no address to listen on; write 8080 or 127.0.0.1:8080`)
  }
  return address
}

/** A path that configuration files take literally. */
function plain(path: string): string {
  if (/["'\\$]/.test(path)) throw new UsageError(`"${path}" has a character of variables or quotes`)
  return path
}

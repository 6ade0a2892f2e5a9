import { existsSync } from 'node:fs'
import { GREETING, type Work } from '../work.ts'
import type { Contender } from './contender.ts'

const BINARY = '/usr/sbin/haproxy'

/** Debian's haproxy, one thread, idle upstream connections shared by all clients. */
export const haproxy: Contender = {
  name: 'haproxy',
  missing: () => (existsSync(BINARY) ? undefined : `${BINARY} is not installed (bench/setup)`),
  launch: (work, port) => ({
    command: BINARY,
    args: ['-db', '-f', 'haproxy.cfg'],
    files: { 'haproxy.cfg': configuration(work, port) },
  }),
}

function configuration(work: Work, port: number): string {
  return `global
  nbthread 1
  maxconn 4000
defaults
  mode http
  timeout connect 5s
  timeout client 600s
  timeout server 600s
frontend front
  bind 127.0.0.1:${port} backlog 4096
${work.kind === 'proxy' ? proxied(work.origin) : returned()}
`
}

function returned(): string {
  return `  http-request return status 200 content-type text/plain string "${GREETING}"`
}

function proxied(origin: number): string {
  return `  default_backend origin
backend origin
  http-reuse always
  server origin 127.0.0.1:${origin}`
}

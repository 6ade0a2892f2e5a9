import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import {
  GREETING,
  LIMIT,
  locationPath,
  SUBSTITUTIONS,
  speaksHttp2,
  type Work,
  workersFor,
} from '../work.ts'
import { certificateFiles } from './certificate-files.ts'
import type { Contender } from './contender.ts'
import { moduleOf } from './scripted.ts'

const COMMAND = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

/** The built gateway, one worker. */
export const gateway: Contender = {
  name: 'gateway',
  missing: () => (existsSync(COMMAND) ? undefined : 'dist/main.js is not built (npm run build)'),
  launch: (work, port, dir) => launchGateway(work, port, dir, { nodeArgs: [], main: '' }),
}

/** What the same gateway takes without a script: a fixed answer. */
export const gatewayReturn: Contender = {
  ...gateway,
  name: 'gateway, return',
  launch: (_, port, dir) => gateway.launch({ kind: 'return' }, port, dir),
}

/** The same for measurements that need flags of Node or other main directives. */
export function launchGateway(
  work: Work,
  port: number,
  dir: string,
  more: { readonly nodeArgs: readonly string[]; readonly main: string },
) {
  return {
    command: process.execPath,
    args: [...more.nodeArgs, COMMAND, '-p', dir, '-c', 'gateway.yaml', '-e', 'error.log'],
    files: {
      'gateway.yaml': yaml(work, port, more.main),
      ...(work.kind === 'script' && { 'tenant.ts': moduleOf(work.script) }),
      ...(work.kind === 'secure' && certificateFiles()),
    },
  }
}

function yaml(work: Work, port: number, main: string): string {
  return `worker_processes: ${workersFor(work)}
pid: gateway.pid
error_log: error.log error
${main}
events: { worker_connections: 32768 }
http:
  access_log: ${work.kind === 'logged' ? 'access.log' : 'off'}
  keepalive_requests: 1000000000
  keepalive_timeout: 600s
  client_max_body_size: 0
${speaksHttp2(work) ? '  http2: on\n' : ''}${before(work)}
  server:
    - listen: 127.0.0.1:${port} backlog=4096${work.kind === 'secure' ? ' ssl' : ''}
${content(work)}
`
}

function before(work: Work): string {
  if (work.kind === 'limited') {
    return `  limit_req_zone: $binary_remote_addr zone=one:10m rate=${LIMIT.rate}r/s`
  }
  if (work.kind === 'rewritten') {
    return `  map:
    $arg_kind $kind: { default: plain, '~^v[0-9]+$': versioned, json: data }`
  }
  if (work.kind === 'secure')
    return '  ssl_certificate: server.crt\n  ssl_certificate_key: server.key'
  if (work.kind !== 'proxy') return ''
  return `  upstream:
    origin: { server: 127.0.0.1:${work.origin}, keepalive: 128, keepalive_requests: 1000000000 }
${work.streaming ? '  proxy_request_buffering: off' : ''}`
}

function content(work: Work): string {
  switch (work.kind) {
    case 'return':
    case 'logged':
    case 'secure':
      return `      location:\n${greeting('/')}`
    case 'limited':
      return `      root: ${work.root}\n      limit_req: zone=one burst=${LIMIT.burst} nodelay`
    case 'rewritten':
      return `      rewrite: ^/items/([0-9]+)/(.*)$ /found/$2?id=$1
      location:
        /found/:
          - default_type: text/plain
          - if: { '($kind = data)': { return: 202 } }
          - if: { '($http_user_agent ~ bot)': { return: 403 } }
          - return: 200 "${GREETING}"
        /: { return: 404 }`
    case 'proxy':
      return '      location: { /: { proxy_pass: "http://origin" } }'
    case 'tunnel':
      return `      location: { /: { proxy_pass: "http://127.0.0.1:${work.origin}", proxy_set_header: [Upgrade $http_upgrade, Connection upgrade], proxy_read_timeout: 600s } }`
    case 'script':
      return '      location: { /: { script: { file: tenant.ts, cpu_share: 100% } } }'
    case 'filtered':
      return `      root: ${work.root}\n      types: { text/html: html }\n${filter(work.filter)}`
    case 'guarded':
      return `      root: ${work.root}\n      auth_basic: bench\n      auth_basic_user_file: ${work.users}`
    case 'compressed':
      return `      root: ${work.root}\n      gzip_static: on`
    case 'static':
      return `      root: ${work.root}${work.gzip ? '\n      gzip: on\n      gzip_types: text/plain' : ''}`
    case 'locations':
      return `      location:\n${Array.from({ length: work.count }, (_, i) => greeting(locationPath(i))).join('\n')}`
  }
}

function greeting(location: string): string {
  return `        ${location}:
          default_type: text/plain
          return: 200 "${GREETING}"`
}

function filter(name: 'ssi' | 'sub_filter'): string {
  if (name === 'ssi') return '      ssi: on'
  const pairs = SUBSTITUTIONS.map((pair) => `        - ${pair.join(' ')}`)
  return `      sub_filter:\n${pairs.join('\n')}\n      sub_filter_once: off`
}

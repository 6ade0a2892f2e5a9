import { existsSync } from 'node:fs'
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

const BINARY = '/usr/sbin/nginx'

/** Debian's nginx, one worker, logs off, otherwise as Debian configures it. */
export const nginx: Contender = {
  name: 'nginx',
  missing: () => (existsSync(BINARY) ? undefined : `${BINARY} is not installed (bench/setup)`),
  launch: (work, port, dir) => ({
    command: BINARY,
    args: ['-p', dir, '-c', 'nginx.conf', '-e', 'error.log'],
    files: {
      'nginx.conf': nginxConf(
        http(work),
        locations(work),
        port,
        workersFor(work),
        `${work.kind === 'secure' ? ' ssl' : ''}${speaksHttp2(work) ? ' http2' : ''}`,
      ),
      ...(work.kind === 'secure' && certificateFiles()),
    },
  }),
}

/** A whole nginx.conf with one server; the origin uses it too. */
export function nginxConf(
  httpLines: string,
  serverLines: string,
  port: number,
  workers = 1,
  listen = '',
): string {
  return `daemon off;
worker_processes ${workers};
${process.getuid?.() === 0 ? 'user root;' : ''}
pid nginx.pid;
error_log error.log error;
events { worker_connections 32768; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  keepalive_timeout 600s;
  client_max_body_size 0;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  types { text/plain txt; }
${httpLines}
  server {
    listen 127.0.0.1:${port} backlog=4096${workers > 1 ? ' reuseport' : ''}${listen};
${serverLines}
  }
}
`
}

function http(work: Work): string {
  if (work.kind === 'limited') {
    return `  limit_req_zone $binary_remote_addr zone=one:10m rate=${LIMIT.rate}r/s;`
  }
  if (work.kind === 'rewritten') {
    return '  map $arg_kind $kind { default plain; ~^v[0-9]+$ versioned; json data; }'
  }
  if (work.kind === 'secure') {
    return `  ssl_certificate server.crt; ssl_certificate_key server.key;
  ssl_protocols TLSv1.2 TLSv1.3; ssl_session_cache shared:sessions:10m;`
  }
  if (work.kind !== 'proxy') return ''
  const upstream = `upstream origin { server 127.0.0.1:${work.origin}; keepalive 128; keepalive_requests 1000000000; }`
  // A body larger than memory would go through temporary files: it streams, as in the others.
  const streaming = 'proxy_request_buffering off; proxy_max_temp_file_size 0;'
  return `  ${upstream}\n  ${work.streaming ? streaming : ''}`
}

function locations(work: Work): string {
  const greeting = `default_type text/plain; return 200 "${GREETING}";`
  switch (work.kind) {
    case 'return':
    case 'secure':
      return `    location / { ${greeting} }`
    case 'logged':
      return `    access_log access.log; location / { ${greeting} }`
    case 'limited':
      return `    root ${work.root}; limit_req zone=one burst=${LIMIT.burst} nodelay;`
    case 'rewritten':
      return `    rewrite ^/items/([0-9]+)/(.*)$ /found/$2?id=$1;
    location /found/ {
      default_type text/plain;
      if ($kind = data) { return 202; }
      if ($http_user_agent ~ bot) { return 403; }
      return 200 "${GREETING}";
    }
    location / { return 404; }`
    case 'proxy':
      return '    location / { proxy_pass http://origin; proxy_http_version 1.1; proxy_set_header Connection ""; }'
    case 'tunnel':
      return `    location / { proxy_pass http://127.0.0.1:${work.origin}; proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade; proxy_read_timeout 600s; }`
    case 'script':
      throw new Error('nginx runs no scripts by itself')
    case 'filtered':
      return `    root ${work.root}; types { text/html html; } ${filter(work.filter)}`
    case 'guarded':
      return `    root ${work.root}; auth_basic bench; auth_basic_user_file ${work.users};`
    case 'compressed':
      return `    root ${work.root}; gzip_static on;`
    case 'static':
      return `    root ${work.root}; ${work.gzip ? 'gzip on; gzip_types text/plain;' : ''}`
    case 'locations':
      return Array.from(
        { length: work.count },
        (_, i) => `    location ${locationPath(i)} { ${greeting} }`,
      ).join('\n')
  }
}

function filter(name: 'ssi' | 'sub_filter'): string {
  if (name === 'ssi') return 'ssi on;'
  const pairs = SUBSTITUTIONS.map((pair) => `sub_filter ${pair.join(' ')};`)
  return `${pairs.join(' ')} sub_filter_once off;`
}

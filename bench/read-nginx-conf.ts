import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { performance } from 'node:perf_hooks'
import type { Fixtures } from './fixtures.ts'
import { judge, type Section } from './section.ts'
import { median } from './statistics.ts'

const RUNS = 5
const LINES = 10_000
/** Milliseconds for all of `-t`, the start of Node included. */
const TARGET = 1000
const COMMAND = path.resolve(import.meta.dirname, '../dist/main.js')

/** How long `-t` of an nginx.conf of 10,000 lines takes. */
export async function measureReadNginxConf(fixtures: Fixtures): Promise<Section> {
  const file = path.join(fixtures.folder, 'long.conf')
  writeFileSync(file, longConf(LINES))
  const args = ['-t', '-q', '-p', fixtures.folder, '-c', file, '-e', 'stderr']
  const gateway = medianOf(process.execPath, [COMMAND, ...args])
  const nginx = medianOf('nginx', args)
  return {
    name: 'nginx-conf',
    text: `-t of an nginx.conf of ${LINES} lines, from start to end`,
    columns: ['server', 'median ms'],
    lines: [
      ...(gateway === undefined ? [] : [['gateway', gateway.toFixed(0)]]),
      ...(nginx === undefined ? [] : [['nginx', nginx.toFixed(0)]]),
    ],
    verdicts: [
      judge('it is read in', gateway ?? Number.POSITIVE_INFINITY, { most: TARGET }, ' ms'),
    ],
    notes: nginx === undefined ? ['nginx: it is not installed'] : [],
  }
}

/** Undefined where it does not end well. */
function medianOf(command: string, args: readonly string[]): number | undefined {
  const times: number[] = []
  for (let i = 0; i < RUNS; i++) {
    const from = performance.now()
    if (spawnSync(command, args, { stdio: 'ignore' }).status !== 0) return undefined
    times.push(performance.now() - from)
  }
  return median(times)
}

/** Servers with a few locations each, twenty lines a server. */
function longConf(lines: number): string {
  const servers = Array.from({ length: lines / 20 }, (_, i) => serverOf(i))
  return `pid long.pid; events {} http { server_names_hash_max_size 8192;\n${servers.join('\n')}\n}\n`
}

function serverOf(i: number): string {
  return `server {
    listen 127.0.0.1:8080;
    server_name site-${i}.example.com *.site-${i}.example.com;
    root /srv/www/${i};
    # Its pages.
    location / {
        try_files $uri $uri/ /index.html;
        add_header X-Site "number ${i}" always;
    }
    location ~* "\\.(gif|jpe?g|png)$" {
        expires 30d;
    }
    location /api/ {
        proxy_set_header Host $host;
        proxy_set_header X-Real-IP $remote_addr;
        proxy_pass http://127.0.0.1:9000;
    }
    location = /old {
        return 301 /new?site=${i};
    }
}`
}

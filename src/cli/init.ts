import { existsSync, writeFileSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import type { Tools } from './command.ts'
import { DEFAULT_CONFIG } from './commands.ts'
import type { Options } from './options.ts'
import { refuse, say } from './output.ts'
import { SCHEMA_FILE, SCHEMA_LINE, writeSchemaFile } from './schema-file.ts'

/**
 * `gateway init`: writes a starter file that says what it does, and the schema that its first line
 * names, so that editors complete and explain directives. Overwrites no configuration.
 */
export async function init(options: Options, tools: Tools): Promise<void> {
  const target = resolve(options.prefix, options.asked.target ?? DEFAULT_CONFIG)
  const written = new Error(`"${target}" exists already; nothing was written`)
  if (existsSync(target)) return refuse(written)
  try {
    await writeSchemaFile({ ...options, config: target }, tools)
    writeFileSync(target, STARTER, { flag: 'wx' })
  } catch (error) {
    return refuse((error as NodeJS.ErrnoException).code === 'EEXIST' ? written : error)
  }
  const name = relative(process.cwd(), target)
  say(
    `wrote ${name} and ${SCHEMA_FILE}; change it, then: gateway -t -c ${name} && gateway -c ${name}`,
  )
}

const STARTER = `${SCHEMA_LINE}# Every key is a directive; names, defaults and inheritance are nginx's.

# One worker for each processor.
worker_processes: auto
error_log: stderr notice

# Your own plugins: TypeScript files, relative to this one.
# plugins: [./my-plugin.ts]

events:
  # To clients and to upstreams together, for each worker.
  worker_connections: 1024

http:
  access_log: /dev/stdout
  gzip: on
  gzip_types: [text/plain, text/css, application/json, application/javascript]

  # A named group of servers to pass requests on to.
  # upstream:
  #   app: { server: [127.0.0.1:3000, 127.0.0.1:3001 backup], keepalive: 16 }

  server:
    - listen: 127.0.0.1:8080
      server_name: localhost
      location:
        /: { return: '200 "It works: change this file, then gateway -s reload.\\n"' }
        # Files of a folder:
        # /files/: { root: public }
        # Whatever begins with /api/, passed on without that prefix:
        # /api/: { proxy_pass: http://app/ }
        # Counts of this gateway, for this machine alone:
        # = /status: { stub_status: on, allow: 127.0.0.1, deny: all }
`

import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { onCleanup } from './cleanup.ts'
import { findProcesses, isAlive, signal } from './processes.ts'
import { assignPorts, fill, type Ports } from './template.ts'
import { until } from './wait.ts'
import { Workspace } from './workspace.ts'

/** The system's nginx. */
export const NGINX = '/usr/sbin/nginx'

/** Where its modules are that are loaded, `ngx_http_NAME_module.so`. */
const MODULES = process.env.NGINX_MODULES ?? '/usr/lib/nginx/modules'

/** The line that loads one of its modules; undefined where that is not installed. */
export function loadModule(name: string): string | undefined {
  const file = `${MODULES}/ngx_http_${name}_module.so`
  return existsSync(file) ? `load_module ${file};` : undefined
}

/** Why comparisons with nginx cannot run here; undefined when they can. For `test.skipIf`. */
export function nginxMissing(): string | undefined {
  return existsSync(NGINX) ? undefined : `${NGINX} is not installed: apt-get install nginx-light`
}

/** A real nginx with a configuration of the test's, for comparisons. */
export interface Nginx {
  readonly dir: string
  readonly pid: number
  port(number?: number): number
  errorLog(): string
  accessLog(): string
}

/**
 * Starts the system's nginx with an `http` block's content, one worker, and placeholders as in
 * `startGateway`; ended when the test is over. `main` stands before all of it.
 */
export async function nginx(http: string, main = ''): Promise<Nginx> {
  const missing = nginxMissing()
  if (missing !== undefined) throw new Error(missing)
  const workspace = new Workspace('nginx')
  const ports = await assignPorts([http])
  workspace.write('nginx.conf', fill(main + envelope(http), workspace.dir, ports))
  const child = spawn(NGINX, ['-p', workspace.dir, '-c', 'nginx.conf', '-e', 'error.log'], {
    stdio: 'ignore',
    detached: true,
  })
  onCleanup(() => end(workspace, child.pid ?? 0))
  const pid = await until('nginx', () => {
    if (child.exitCode !== null) throw new Error(`nginx failed:\n${workspace.read('error.log')}`)
    return Number(workspace.read('nginx.pid'))
  })
  return {
    dir: workspace.dir,
    pid,
    port: (number = 0) => portOf(ports, number),
    errorLog: () => workspace.read('error.log'),
    accessLog: () => workspace.read('access.log'),
  }
}

function envelope(http: string): string {
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return `daemon off; worker_processes 1; pid nginx.pid; error_log error.log info;
${process.getuid?.() === 0 ? 'user root;' : ''}
events { worker_connections 512; }
http {
access_log access.log;
${paths.map((each) => `${each}_temp_path ${each};`).join('\n')}
${http}
}
`
}

function portOf(ports: Ports, number: number): number {
  const port = ports.get(number)
  if (port === undefined) throw new Error(`the configuration has no %%PORT_${number}%%`)
  return port
}

async function end(workspace: Workspace, pid: number): Promise<void> {
  signal(pid, 'SIGTERM')
  const left = () => findProcesses((facts) => facts.group === pid)
  await until('nginx to exit', () => !isAlive(pid), 3000).catch(() => undefined)
  for (const each of left()) signal(each, 'SIGKILL')
  workspace.remove()
}

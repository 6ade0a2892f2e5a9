import { fileURLToPath } from 'node:url'
import { nginxConf } from './contenders/nginx.ts'
import { type Server, startOnLoadCore } from './server.ts'
import { GREETING } from './work.ts'

const TUNNELS = fileURLToPath(new URL('./tunnel-origin.mjs', import.meta.url))
const SINK = fileURLToPath(new URL('./sink.mjs', import.meta.url))

/** nginx on the load's processor: small answers at `/`, files of the root at their names. */
export function startOrigin(folder: string, root: string): Promise<Server> {
  return startOnLoadCore('origin', folder, (port, dir) => ({
    command: '/usr/sbin/nginx',
    args: ['-p', dir, '-c', 'nginx.conf', '-e', 'error.log'],
    files: {
      'nginx.conf': nginxConf(
        '  open_file_cache max=100;',
        `    root ${root};
    location = / { default_type text/plain; return 200 "${GREETING}"; }`,
        port,
      ),
    },
  }))
}

/** An origin that reads every body to its end before it answers, as an application would. */
export function startSink(folder: string): Promise<Server> {
  return startOnLoadCore('sink', folder, (port) => ({
    command: process.execPath,
    args: [SINK, String(port)],
    files: {},
  }))
}

/** An origin that agrees to every upgrade. */
export function startTunnelOrigin(folder: string): Promise<Server> {
  return startOnLoadCore('tunnels', folder, (port) => ({
    command: process.execPath,
    args: [TUNNELS, String(port)],
    files: {},
  }))
}

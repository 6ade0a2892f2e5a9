import { nginx } from './nginx.ts'
import { asYaml } from './nginx-conf.ts'
import { connect, request } from './raw-client.ts'
import type { Response } from './response.ts'
import { startGateway } from './start-gateway.ts'

/** A whole answer, without what may differ: the time, and whose answer it is. */
export interface Whole {
  readonly status: number
  /** `name: value`, sorted; this machine's port is written PORT. */
  readonly fields: readonly string[]
  readonly body: string
}

/** A request; what is left out is a GET without a body. */
export interface Ask {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** The number of the server block. */
  readonly server?: number
}

/** nginx and the gateway with one configuration. */
export interface Twins {
  ask(target: string, ask?: Ask): Promise<{ readonly ours: Whole; readonly theirs: Whole }>
  /** Our answer alone, where nginx has nothing to compare. */
  ours(target: string, ask?: Ask): Promise<Whole>
  /** The number of our server's port. */
  port(server?: number): number
  /** Each one's own folder: `%%DIR%%` of the configuration. */
  readonly folders: { readonly ours: string; readonly theirs: string }
}

/**
 * Starts both with the contents of server blocks in nginx's syntax; `http` stands before them, and
 * `main` before all that nginx reads.
 */
export async function twins(
  servers: string | readonly string[],
  http = '',
  main = '',
): Promise<Twins> {
  const blocks = [servers].flat().map((content, i) => {
    return `server { listen 127.0.0.1:%%PORT_${i}%%; ${content} }`
  })
  const conf = `${http} ${blocks.join('\n')}`
  const gateway = await startGateway({ yaml: `http: ${asYaml(conf)}`, expected: [/./] })
  const theirs = await nginx(conf, main)
  const ours = (target: string, ask: Ask = {}) => whole(gateway.port(ask.server), target, ask)
  return {
    ours,
    port: (server = 0) => gateway.port(server),
    folders: { ours: gateway.workspace.dir, theirs: theirs.dir },
    ask: async (target, ask = {}) => ({
      ours: await ours(target, ask),
      theirs: await whole(theirs.port(ask.server), target, ask),
    }),
  }
}

/** Of one server or the other alone. */
const OWN: ReadonlySet<string> = new Set(['date', 'server', 'keep-alive'])

async function whole(port: number, target: string, ask: Ask): Promise<Whole> {
  const { method = 'GET', headers, body } = ask
  const client = await connect(port)
  const head = request(`${method} ${target}`, { Connection: 'close', ...headers }, body)
  const answer = await client.exchange(head, { method })
  client.destroy()
  return seen(answer, port)
}

function seen({ status, headers, body }: Response, port: number): Whole {
  const fields = headers.lines
    .filter(([name]) => !OWN.has(name.toLowerCase()))
    .map(([name, value]) => `${name.toLowerCase()}: ${value.replaceAll(`:${port}`, ':PORT')}`)
  const page = status >= 300
  return {
    status,
    // A built-in page has the name and version of its server, and so a length of its own.
    fields: fields.filter((field) => !page || !field.startsWith('content-length')).sort(),
    body: page
      ? body.toString('latin1').replace(/<center>[^<]*<\/center>\r\n<\/body>/, '</body>')
      : body.toString('latin1'),
  }
}

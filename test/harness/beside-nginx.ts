import { nginx } from './nginx.ts'
import { asYaml } from './nginx-conf.ts'
import { connect, request } from './raw-client.ts'
import { startGateway } from './start-gateway.ts'

/** What an answer is compared by. */
export interface Seen {
  readonly status: number
  readonly location: string | undefined
  readonly challenge: string | undefined
  /** Of X-Echo; the client's port is written CLIENT. */
  readonly echo: string | undefined
  /** Of answers below 300. */
  readonly text: string | undefined
}

/** What may be said of a request besides its target. */
export interface More {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** Both servers with one configuration. */
export interface Pair {
  /** How each of them answers; `server` is the number of the server block. */
  ask(
    target: string,
    server?: number,
    more?: More,
  ): Promise<{ readonly ours: Seen; readonly theirs: Seen }>
}

/** Starts both with the contents of server blocks in nginx's syntax. `http` stands before them. */
export async function besideNginx(servers: string | readonly string[], http = ''): Promise<Pair> {
  const blocks = [servers].flat().map((content, i) => {
    return `server { listen 127.0.0.1:%%PORT_${i}%%; ${content} }`
  })
  const conf = `${http} ${blocks.join('\n')}`
  const gateway = await startGateway({ yaml: `http: ${asYaml(conf)}`, expected: [/./] })
  const theirs = await nginx(conf)
  return {
    ask: async (target, server = 0, more = {}) => ({
      ours: await see(gateway.port(server), target, more),
      theirs: await see(theirs.port(server), target, more),
    }),
  }
}

async function see(port: number, target: string, more: More): Promise<Seen> {
  const { method = 'GET', headers, body } = more
  const client = await connect(port)
  const { localPort } = client.socket
  const text = request(`${method} ${target}`, { Connection: 'close', ...headers }, body)
  const answer = await client.exchange(text, { method })
  client.destroy()
  const all = new Map(answer.headers.lines.map(([name, value]) => [name.toLowerCase(), value]))
  return {
    status: answer.status,
    location: all.get('location')?.replace(`:${port}`, ':PORT'),
    challenge: all.get('www-authenticate'),
    echo: all.get('x-echo')?.replaceAll(`${localPort}`, 'CLIENT'),
    text: answer.status < 300 ? answer.text : undefined,
  }
}

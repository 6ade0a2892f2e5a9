import { connect } from 'node:net'
import { definePlugin, directive, type Exchange, Head } from 'gateway/plugin'

interface Server {
  readonly host: string
  readonly port: number
}

/** How long the server may take, in milliseconds, and how much it may say, in bytes. */
const PATIENCE = 5000
const LONGEST = 1024 * 1024

/** A handler that asks a server in its own protocol: values of keys in Redis (RESP). */
export default definePlugin({
  name: 'my-plugin',
  doc: 'Answers with values of a Redis server.',
  directives: {
    my_plugin: directive<Server | undefined>({
      in: ['location'],
      default: undefined,
      doc: 'Answers with the value whose key is the path.',
      usage: 'host:port',
      min: 1,
      max: 1,
      claims: 'content',
      inherits: 'never',
      read: (entry) => {
        const [, host = '', port] = /^([^:]+):(\d{1,5})$/.exec(entry.args[0] ?? '') ?? []
        return host === '' ? entry.fail('is no host:port') : { host, port: Number(port) }
      },
    }),
  },
  prepare: ({ my_plugin: server }) => server,
  content: async (x, server: Server) => {
    if (x.method !== 'GET' && x.method !== 'HEAD') return 405
    try {
      const value = await ask(server, x.uri.slice(1))
      if (value === undefined) return 404
      const head = new Head(200)
      head.type = 'application/octet-stream'
      return x.respond(head, value)
    } catch (error) {
      return refuse(x, error)
    }
  },
})

function refuse(x: Exchange, error: unknown): number {
  x.log('error', `redis: ${error instanceof Error ? error.message : error}`)
  return 502
}

/** The value of a key; undefined where there is none. */
function ask({ host, port }: Server, key: string): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host)
    let got = Buffer.alloc(0)
    const settle = (work: () => void) => {
      socket.destroy()
      work()
    }
    socket.setTimeout(PATIENCE, () => settle(() => reject(new Error('no answer in time'))))
    socket.on('error', (error) => settle(() => reject(error)))
    socket.on('close', () => reject(new Error('the connection was closed')))
    // Lengths are told, so a key may hold anything.
    socket.write(`*2\r\n$3\r\nGET\r\n$${Buffer.byteLength(key)}\r\n${key}\r\n`)
    socket.on('data', (chunk) => {
      got = Buffer.concat([got, chunk])
      const [line = '', length] = /^(?:\$(-?\d+)|[^\r]*)\r\n/.exec(got.toString('latin1')) ?? []
      if (line === '' && got.length < LONGEST) return
      if (length === '-1') settle(() => resolve(undefined))
      else if (length === undefined || Number(length) > LONGEST) {
        settle(() => reject(new Error(`unexpected answer ${JSON.stringify(line)}`)))
      } else if (got.length >= line.length + Number(length) + 2) {
        settle(() => resolve(got.subarray(line.length, line.length + Number(length))))
      }
    })
  })
}

import net from 'node:net'

/** A connection that has become a tunnel, and what has come through it so far. */
export class TunnelClient {
  readonly socket: net.Socket
  received = 0
  /** Called with each read, once it is a tunnel. */
  onBytes: ((count: number) => void) | undefined

  private constructor(socket: net.Socket) {
    this.socket = socket
  }

  /** Opens one for a path of the tunnels' origin. */
  static open(port: number, path: string): Promise<TunnelClient> {
    return new Promise((resolve, reject) => {
      let head = ''
      const socket = net.connect({
        port,
        host: '127.0.0.1',
        noDelay: true,
        onread: { buffer: MEMORY, callback: (count) => read(count) },
      })
      const client = new TunnelClient(socket)
      socket.on('error', reject)
      socket.on('connect', () => {
        socket.write(
          `GET ${path} HTTP/1.1\r\nHost: bench\r\nUpgrade: bench\r\nConnection: Upgrade\r\n\r\n`,
        )
      })

      function read(count: number): boolean {
        if (head.endsWith('\r\n\r\n')) {
          client.received += count
          client.onBytes?.(count)
          return true
        }
        head += MEMORY.toString('latin1', 0, count)
        const end = head.indexOf('\r\n\r\n')
        if (end < 0) return true
        if (!head.startsWith('HTTP/1.1 101 ')) reject(new Error(`no tunnel: ${head}`))
        client.received = head.length - end - 4
        head = '\r\n\r\n'
        resolve(client)
        return true
      }
    })
  }
}

/** All clients read into this, one after another: nobody looks at what came. */
const MEMORY = Buffer.alloc(2 ** 18)

const TALKERS = 64
const STREAMS = 2
/** A small message, as chats and notifications have them. */
const MESSAGE = Buffer.alloc(100, 'm')

/** Small messages sent to and fro on tunnels, each when the one before is back; how many. */
export async function talk(port: number, seconds: number): Promise<number> {
  const clients = await openAll(port, '/echo', TALKERS)
  let messages = 0
  for (const client of clients) {
    let back = 0
    client.onBytes = (count) => {
      back += count
      if (back < MESSAGE.length) return
      back -= MESSAGE.length
      messages++
      client.socket.write(MESSAGE)
    }
    client.socket.write(MESSAGE)
  }
  await pause(seconds)
  for (const { socket } of clients) socket.destroy()
  return messages
}

/** Bytes that a peer sends without end; how many came. */
export async function stream(port: number, seconds: number): Promise<number> {
  const clients = await openAll(port, '/flood', STREAMS)
  await pause(seconds)
  for (const { socket } of clients) socket.destroy()
  return clients.reduce((sum, each) => sum + each.received, 0)
}

function openAll(port: number, path: string, count: number): Promise<TunnelClient[]> {
  return Promise.all(Array.from({ length: count }, () => TunnelClient.open(port, path)))
}

function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1000 * seconds))
}

import net from 'node:net'

const PAUSE = 2
const PATIENCE = 5000

/** Whether a server answers a request now; waits a moment when nobody listens yet. */
export function answers(port: number, path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1')
    socket.setTimeout(PATIENCE, () => socket.destroy())
    socket.on('connect', () => {
      socket.write(`GET ${path} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n`)
    })
    socket.on('data', () => {
      resolve(true)
      socket.destroy()
    })
    socket.on('error', () => undefined)
    socket.on('close', () => setTimeout(() => resolve(false), PAUSE))
  })
}

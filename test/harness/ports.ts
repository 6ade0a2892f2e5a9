import net from 'node:net'

/** Below the kernel's ephemeral range, so that outgoing connections never take one of ours. */
const LOWEST = 10_000
const BLOCK = 32
const BLOCKS = 680

let next = 0
let end = 0

/**
 * A loopback port nobody listens on. Safe between parallel test files: a process owns a block of
 * ports for as long as it listens on the block's first one, and the system frees that with it.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    if (next === end) await takeBlock()
    const port = next++
    const probe = await listen(port)
    if (probe === undefined) continue
    await new Promise((resolve) => probe.close(resolve))
    return port
  }
}

async function takeBlock(): Promise<void> {
  for (let tries = 0; tries < 1000; tries++) {
    const base = LOWEST + BLOCK * Math.floor(Math.random() * BLOCKS)
    const guard = await listen(base)
    if (guard === undefined) continue
    guard.unref()
    next = base + 1
    end = base + BLOCK
    return
  }
  throw new Error('no free block of loopback ports')
}

function listen(port: number): Promise<net.Server | undefined> {
  return new Promise((resolve) => {
    const server = net.createServer()
    server.once('error', () => resolve(undefined))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve(server))
  })
}

import { once } from 'node:events'
import { createServer } from 'node:net'
import { definePlugin, number } from 'gateway/plugin'

/** A plugin that stands in for a Redis, to try the other one with; its tests have it, too. */
export default definePlugin({
  name: 'fake-redis',
  doc: 'Answers as a Redis with one key.',
  directives: {
    fake_redis: number({
      in: ['location'],
      default: 0,
      doc: 'The port at which GET greeting is answered with hello.',
      least: 1,
      most: 65_535,
      inherits: 'never',
    }),
  },
  prepare: ({ fake_redis: port }) => port || undefined,
  begin: (port: number, worker) => {
    const server = serve({ greeting: 'hello' }, port)
    // Of a reload: the one before is there still, and answers the same.
    server.on('error', (error) => worker.log('info', `fake redis: ${error.message}`))
    return () => void server.close()
  },
})

/** The same on a free port. */
export async function fakeRedis(values: Readonly<Record<string, string>>) {
  const server = serve(values, 0)
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  return { address: `127.0.0.1:${port}`, stop: () => void server.close() }
}

function serve(values: Readonly<Record<string, string>>, port: number) {
  return createServer((socket) => {
    socket.once('data', (asked) => {
      const value = values[String(asked).split('\r\n')[4] ?? '']
      socket.write(value === undefined ? '$-1\r\n' : `$${value.length}\r\n${value}\r\n`)
    })
  }).listen(port, '127.0.0.1')
}

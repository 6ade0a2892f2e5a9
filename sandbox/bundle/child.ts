import { transform } from 'esbuild'
import { buildScript } from './build.ts'
import type { BuilderMessage, BuildRequest } from './messages.ts'

// The process that builds: it does what it is told until nobody tells it any more.
const send = (message: BuilderMessage) => process.send?.(message)

process.on('message', ({ id, order }: BuildRequest) => {
  buildScript(order).then(
    (answer) => send({ id, answer }),
    (error: unknown) => send({ id, answer: { kind: 'failed', why: String(error) } }),
  )
})

// esbuild's process would go on with a build that never ends. It is of our group, as nobody else.
process.on('disconnect', () => process.kill(-process.pid, 'SIGKILL'))

// Whose time the start of esbuild is, is nobody's.
await transform('')
send('ready')

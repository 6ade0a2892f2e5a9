import { type ClientOptions, GET, once, type Target } from './raw-client.ts'
import { until } from './wait.ts'

/** The client connections a gateway counts in its `/status`, the one that asks included. */
export async function activeConnections(
  target: Target,
  options: ClientOptions = {},
): Promise<number> {
  const { text } = await once(target, GET('/status', { Connection: 'close' }), options)
  return Number(/^Active connections: (\d+) /.exec(text)?.[1])
}

/** Resolves when the only client connection is the one that asks. */
export async function connectionsClosed(target: Target): Promise<void> {
  await until('client connections to be closed', async () => {
    return (await activeConnections(target)) === 1
  })
}

import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { hostname } from 'node:os'
import { expect, test } from 'vitest'
import { onCleanup } from '../harness/cleanup.ts'
import { get } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { until } from '../harness/wait.ts'

/** A server of syslog that keeps what it gets. */
async function listen() {
  const got: string[] = []
  const socket = createSocket('udp4', (message) => got.push(message.toString('latin1')))
  onCleanup(() => {
    socket.close()
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return { got, port: socket.address().port }
}

test('a request is a datagram', async () => {
  const { got, port } = await listen()
  const to = `syslog:server=127.0.0.1:${port}`
  const gateway = await startGateway({
    yaml: `
http:
  log_format: short '$uri "$http_user_agent"'
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /plain: { return: "200 ok", access_log: "${to} short" }
        /own: { return: "200 ok", access_log: "${to},facility=mail,severity=debug,tag=my_tag,nohostname short if=$arg_log" }
        /both: { return: "200 ok", access_log: ["${to},nohostname short", "access.log short"] }
`,
  })
  const next = async (target: string) => {
    got.length = 0
    await get(gateway.port(), target)
    await until('a datagram', () => got.length > 0)
    return got
  }
  const time = '[A-Z][a-z]{2} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d'
  const [plain] = await next('/plain')
  expect(plain).toMatch(new RegExp(`^<190>${time} ${hostname()} nginx: /plain "-"$`))
  await get(gateway.port(), '/own?log=0')
  expect((await next('/own?log=1')).join()).toMatch(new RegExp(`^<23>${time} my_tag: /own "-"$`))
  expect((await next('/both')).join()).toMatch(new RegExp(`^<190>${time} nginx: /both "-"$`))
  await until('a line', () => gateway.accessLog() === '/both "-"\n')
})

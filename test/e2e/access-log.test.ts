import { describe, expect, test, vi } from 'vitest'
import { nginx, nginxMissing } from '../harness/nginx.ts'
import { asYaml } from '../harness/nginx-conf.ts'
import { connect } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { until } from '../harness/wait.ts'

// Two servers are started, and the machine may be busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const SERVER = `server {
  listen 127.0.0.1:%%PORT%%;
  location / { return 200 "$arg_text"; }
  location /late { proxy_pass http://127.0.0.1:%%PORT_1%%; proxy_http_version 1.1; }
}
server { listen 127.0.0.1:%%PORT_1%%; access_log off; return 201 late; }`

/** One head with CR LF line ends. */
const head = (...lines: readonly string[]) => `${lines.join('\r\n')}\r\n\r\n`

const HEADS = [
  head('GET / HTTP/1.1', 'Host: a'),
  head('GET / HTTP/1.1', 'Host: a'),
  head('GET /?text=longer HTTP/1.1', 'host: a', 'user-agent: one', 'referer: http://a/'),
  head('GET /?text= HTTP/1.1', 'host: a', 'USER-AGENT: one', 'Referer: http://a/b'),
  head('GET /?text=x HTTP/1.0', 'Connection: keep-alive', 'User-Agent:', 'Referer: '),
  head('GET   /   HTTP/1.1', 'Host: a', 'User-Agent: "two\\ \xe4\xff\t"'),
  head('GET /"\\\xe4 HTTP/1.1', 'Host: a', 'User-Agent: one'),
  head('GET http://b/?text=y HTTP/1.1', 'Host: a', 'Authorization: Basic YW5uOnNlY3JldA=='),
  head('POST / HTTP/1.1', 'Host: a', 'Content-Length: 0', 'Authorization: Bearer x'),
  head('GET /late?text=z HTTP/1.1', 'Host: a', 'User-Agent: one', 'X: 1'),
  head('GET /late HTTP/1.1', 'Host: a', 'Referer: http://a/', 'User-Agent: three'),
  head(`GET /${'a'.repeat(2000)} HTTP/1.1`, 'Host: a', `User-Agent: ${'"'.repeat(3000)}`),
  head('GET /?text=yy HTTP/1.1', 'Host: a', 'X-A: 1', 'User-Agent: three'),
  head('GET /?text= HTTP/1.1', 'Host: a', 'User-Agent: one'),
  head('HEAD /?text=head HTTP/1.1', 'Host: a', 'User-Agent: one', 'Connection: close'),
]

/** The lines of requests on one connection, without their times. */
async function linesOf(port: number, log: () => string): Promise<string[]> {
  const client = await connect(port)
  for (const each of HEADS) {
    await client.exchange(each, { method: each.slice(0, each.indexOf(' ')) })
  }
  const lines = () => log().split('\n').slice(0, -1)
  await until('all lines', () => lines().length >= HEADS.length)
  return lines().map((line) => line.replace(/\[[^\]]*\]/, '[]'))
}

describe.skipIf(nginxMissing())('an access log', () => {
  test('has the lines that nginx writes', async () => {
    const gateway = await startGateway({
      yaml: `http: ${asYaml(`access_log access.log; ${SERVER}`)}`,
    })
    const theirs = await nginx(SERVER)
    const wanted = await linesOf(theirs.port(), () => theirs.accessLog())
    expect(await linesOf(gateway.port(), () => gateway.accessLog())).toEqual(wanted)
  })
})

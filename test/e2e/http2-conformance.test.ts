import { beforeAll, describe, test } from 'vitest'
import { certificate } from '../harness/certificates.ts'
import { connectHttp2, connectHttp2Tls, Http2Client } from '../harness/http2-client.ts'
import { connect } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import type { Case, Step } from './http2-conformance/expectations.ts'
import { FRAMES } from './http2-conformance/frames.ts'
import { GENERIC } from './http2-conformance/generic.ts'
import { HPACK } from './http2-conformance/hpack.ts'
import { MESSAGES } from './http2-conformance/messages.ts'
import { PREFACES, STREAMS } from './http2-conformance/streams.ts'

/**
 * The cases of h2spec (github.com/summerwind/h2spec, version 2.6), 146 and the one of its strict mode,
 * in our own words. They are a little stricter: an error that is told with the wrong code has failed,
 * even where the connection is closed behind it.
 *
 * To see that they can fail, `HTTP2_CONFORMANCE_PORT` runs them against another server. Of the 147,
 * a plain server of Node 20.20 passes 115, nginx 1.22 117 and HAProxy 2.6 136. Node tells 21 errors
 * with a wrong code; and these it does not see at all: DATA behind the end of a stream or its reset,
 * HEADERS behind a reset or of a closed stream, a number lower than one before (5.1, 5.1.1, 6.1), one
 * stream more than allowed (5.1.2), a PING with ACK (6.7, it leaves), a window beyond the widest (6.9.1,
 * it leaves without a word).
 */

/** Another server's port on 127.0.0.1, to see how it does. */
const OTHER = process.env.HTTP2_CONFORMANCE_PORT
/** Milliseconds in which a server has to do something. */
const PATIENCE = 2000

let port = Number(OTHER)
let tlsPort = 0

beforeAll(async () => {
  if (OTHER !== undefined) return
  const { cert, key } = certificate({ subject: '/CN=localhost', names: ['localhost'] })
  const gateway = await startGateway({
    files: { 'server.crt': cert, 'server.key': key },
    yaml: `
http:
  server:
    - listen:
        - 127.0.0.1:%%PORT%%
        - 127.0.0.1:%%PORT_1%% ssl
      ssl_certificate: server.crt
      ssl_certificate_key: server.key
      http2: on
      location:
        /:
          return: 200 "some text"
`,
  })
  port = gateway.port()
  tlsPort = gateway.port(1)
})

async function run(client: Http2Client, steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    const bytes = typeof step === 'function' ? await step(client) : step
    if (bytes) await client.send(bytes)
  }
}

describe('the beginning', () => {
  for (const [section, sent, ...steps] of PREFACES) {
    test(`${section}: ${sent}`, async () => {
      await run(new Http2Client(await connect(port, { patience: PATIENCE })), steps)
    })
  }
})

const GROUPS: Readonly<Record<string, readonly Case[]>> = {
  'what any server takes': GENERIC,
  'RFC 7540, frames': FRAMES,
  'RFC 7540, streams': STREAMS,
  'RFC 7540, messages': MESSAGES,
  'RFC 7541': HPACK,
}

test.skipIf(OTHER !== undefined)('over TLS it is the same', async () => {
  for (const [, , ...steps] of MESSAGES) {
    await run(await connectHttp2Tls(tlsPort, { patience: PATIENCE }), steps)
  }
})

describe.each(Object.entries(GROUPS))('%s', (_, cases) => {
  for (const [section, sent, ...steps] of cases) {
    test(`${section}: ${sent}`, async () => {
      await run(await connectHttp2(port, { patience: PATIENCE }), steps)
    })
  }
})

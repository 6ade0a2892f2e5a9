import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { beforeAll, describe, expect, test } from 'vitest'
import { certificate } from '../harness/certificates.ts'
import { onCleanup } from '../harness/cleanup.ts'
import type { Gateway } from '../harness/gateway.ts'
import { type OcspFacts, ocspAnswer, ocspResponder } from '../harness/ocsp.ts'
import { freePort } from '../harness/ports.ts'
import { sClient } from '../harness/s-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { until } from '../harness/wait.ts'

const authority = certificate({ subject: '/CN=Authority', authority: true })
const stranger = certificate({ subject: '/CN=Stranger', authority: true })
const names = ['localhost']

/** What clients are told that ask for it: what openssl prints, in one line. */
async function told(gateway: Gateway, number: number, servername = 'localhost'): Promise<string> {
  const words = ['-status', '-servername', servername]
  const { output } = await sClient(gateway.port(number), words, 'GET / HTTP/1.0\r\n\r\n')
  expect(output).toMatch(/HTTP\/1\.1 \d+/)
  return /Cert Status: \w+|OCSP response: no response sent/.exec(output)?.[0] ?? output
}

test('a responder is asked, and clients are told what it says', async () => {
  const port = await freePort()
  const extensions = [`authorityInfoAccess=OCSP;URI:http://127.0.0.1:${port}/x`]
  const server = certificate({ subject: '/CN=localhost', names, by: authority, extensions })
  await ocspResponder({ authority, certificate: server }, port)
  const gateway = await startGateway({
    files: {
      'chain.crt': server.cert + authority.cert,
      'server.crt': server.cert,
      'server.key': server.key,
      'ca.crt': authority.cert,
      'answer.der': ocspAnswer({ authority, certificate: server, state: 'R' }),
    },
    yaml: `
worker_processes: 1
http:
  ssl_certificate_key: server.key
  ssl_stapling: on
  server:
    - { listen: 127.0.0.1:%%PORT%% ssl, ssl_certificate: chain.crt }
    - listen: 127.0.0.1:%%PORT_1%% ssl
      ssl_certificate: server.crt
      ssl_trusted_certificate: ca.crt
      ssl_stapling_verify: on
    - listen: 127.0.0.1:%%PORT_2%% ssl
      ssl_certificate: server.crt
      ssl_stapling_file: answer.der
    - { listen: 127.0.0.1:%%PORT_3%% ssl, ssl_certificate: chain.crt, ssl_stapling: off }
    - { listen: 127.0.0.1:%%PORT_4%% ssl, ssl_certificate: server.crt }
`,
  })
  gateway.expect(/index\.html" is not found/)
  for (const number of [0, 1]) {
    await until('an answer', async () => (await told(gateway, number)) === 'Cert Status: good')
  }
  expect(await told(gateway, 2)).toBe('Cert Status: revoked')
  expect(await told(gateway, 3)).toBe('OCSP response: no response sent')
  expect(await told(gateway, 4)).toBe('OCSP response: no response sent')
  expect(gateway.output()).toMatch(/"ssl_stapling" ignored, issuer certificate not found/)
})

test('what cannot be is told where it is written', async () => {
  const server = certificate({ subject: '/CN=localhost', names, by: authority })
  const rsa = certificate({ subject: '/CN=localhost', kind: 'rsa', by: authority })
  const files = {
    'ec.crt': server.cert + authority.cert,
    'ec.key': server.key,
    'rsa.crt': rsa.cert,
    'rsa.key': rsa.key,
  }
  const gateway = await startGateway({
    files,
    yaml: `
http:
  ssl_stapling: on
  server:
    - { listen: 127.0.0.1:%%PORT%% ssl, ssl_certificate: ec.crt, ssl_certificate_key: ec.key }
    - listen: 127.0.0.1:%%PORT_1%% ssl
      ssl_certificate: [ec.crt, rsa.crt]
      ssl_certificate_key: [ec.key, rsa.key]
`,
  })
  expect(gateway.output()).toMatch(/:5:\d+.*ignored, no OCSP responder URL in the certificate/s)
  expect(gateway.output()).toMatch(/ignored, it needs one certificate, since Node does not tell/)
  const yaml = 'http: { ssl_stapling_responder: "https://x/", server: { listen: %%PORT%% } }'
  await expect(startGateway({ yaml })).rejects.toThrow('"https://x/" is no URL with http://')
})

describe('a responder that fails', () => {
  const server = certificate({ subject: '/CN=localhost', names, by: authority })
  const other = certificate({ subject: '/CN=other', by: authority })
  const facts: OcspFacts = { authority, certificate: server }
  let asked: string[] = []
  let answers: Record<string, () => Buffer | number>
  let gateway: Gateway

  beforeAll(async () => {
    answers = {
      '/good': () => ocspAnswer(facts),
      '/500': () => 500,
      '/rubbish': () => Buffer.from('rubbish'),
      '/empty': () => Buffer.alloc(0),
      '/large': () => Buffer.alloc(100_000, 0x30),
      '/revoked': () => ocspAnswer({ ...facts, state: 'R' }),
      '/unknown': () => ocspAnswer({ ...facts, certificate: other }),
      '/stranger': () => ocspAnswer({ ...facts, signer: stranger }),
    }
    const responder = http.createServer((request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers['content-type']}`)
      const answer = answers[request.url ?? '']?.() ?? 404
      if (typeof answer === 'number') response.writeHead(answer).end()
      else response.end(answer)
    })
    responder.listen(0, '127.0.0.1')
    await once(responder, 'listening')
    onCleanup(() => void responder.close())
    const url = `http://127.0.0.1:${(responder.address() as AddressInfo).port}`
    const servers = Object.keys(answers).map(
      (path) => `
    - listen: 127.0.0.1:%%PORT%% ssl
      server_name: ${path.slice(1)}.test
      ssl_stapling_responder: ${url}${path}
      location: { /: { return: 200 x } }`,
    )
    gateway = await startGateway({
      files: { 'server.crt': server.cert + authority.cert, 'server.key': server.key },
      yaml: `
worker_processes: 1
http:
  ssl_stapling: on
  ssl_certificate: server.crt
  ssl_certificate_key: server.key
  server:${servers.join('')}
`,
      expected: [/no OCSP answer of/],
    })
  })

  test.each([
    ['500', 'the responder answers with status 500'],
    ['rubbish', 'cut off'],
    ['empty', 'not what is expected'],
    ['large', 'the responder answers more than 65536 bytes'],
    ['revoked', 'the certificate is revoked'],
    ['unknown', 'an answer about another certificate'],
    ['stranger', 'an answer that the issuer has not signed'],
  ])('%s: one line says so, and clients are told nothing', async (path, fault) => {
    await gateway.logged(new RegExp(`no OCSP answer of "http://[\\d.:]+/${path}": ${fault}`))
    expect(await told(gateway, 0, `${path}.test`)).toBe('OCSP response: no response sent')
    // For a while it is not asked again.
    await told(gateway, 0, `${path}.test`)
    expect(asked.filter((each) => each.includes(`/${path} `))).toEqual([
      `POST /${path} application/ocsp-request`,
    ])
  })

  test('another one is not to blame for it', async () => {
    expect(await told(gateway, 0, 'good.test')).toBe('Cert Status: good')
    asked = []
    await told(gateway, 0, 'good.test')
    expect(asked).toEqual([])
  })
})

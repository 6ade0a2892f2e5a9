import { spawnSync } from 'node:child_process'
import type tls from 'node:tls'
import { beforeAll, describe, expect, test } from 'vitest'
import { certificate } from '../harness/certificates.ts'
import type { Gateway } from '../harness/gateway.ts'
import { GET, request } from '../harness/raw-client.ts'
import { sClient } from '../harness/s-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { connectTls } from '../harness/tls-client.ts'

const ec = certificate({ subject: '/CN=localhost', names: ['localhost'] })
const rsa = certificate({ subject: '/CN=localhost', kind: 'rsa' })
const DHPARAM = () => {
  const made = spawnSync('openssl', [
    'genpkey',
    '-genparam',
    '-algorithm',
    'DH',
    '-pkeyopt',
    'group:ffdhe3072',
  ])
  return String(made.stdout)
}
const GCM = ['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES256-GCM-SHA384'] as const

/** Servers by their first label, all at one address. */
const SERVERS: Readonly<Record<string, string>> = {
  ciphers: `ssl_ciphers: "${GCM.join(':')}", ssl_prefer_server_ciphers: on`,
  curve: 'ssl_ecdh_curve: secp384r1',
  suites: 'ssl_conf_command: [Ciphersuites TLS_CHACHA20_POLY1305_SHA256]',
  versions: 'ssl_conf_command: [MinProtocol TLSv1.3, MaxProtocol TLSv1.3]',
  options: `ssl_ciphers: "${GCM.join(':')}", ssl_conf_command: [Options ServerPreference, Options -SessionTicket]`,
  signatures: 'ssl_conf_command: [SignatureAlgorithms ECDSA+SHA384]',
  small: `ssl_buffer_size: 1k, location: { /: { return: 200 ${'x'.repeat(5000)} } }`,
  large: `location: { /: { return: 200 ${'x'.repeat(5000)} } }`,
  timeout: 'ssl_session_timeout: 1234s',
  tickets: 'ssl_session_tickets: off, ssl_session_cache: shared:s:1m',
  early: 'ssl_early_data: off',
  builtin: 'ssl_session_tickets: off, ssl_session_cache: builtin',
  few: 'ssl_session_tickets: off, ssl_session_cache: builtin:10',
  both: 'ssl_session_tickets: off, ssl_session_cache: "builtin:10 shared:s:1m"',
}

describe('each does what it says', () => {
  let gateway: Gateway

  beforeAll(async () => {
    const servers = Object.entries(SERVERS).map(
      ([name, words]) =>
        `    - { listen: 127.0.0.1:%%PORT%% ssl, server_name: ${name}.test, ${words} }`,
    )
    gateway = await startGateway({
      files: {
        'ec.crt': ec.cert,
        'ec.key': ec.key,
        'rsa.crt': rsa.cert,
        'rsa.key': rsa.key,
        dh: DHPARAM(),
      },
      yaml: `
worker_processes: 1
http:
  ssl_certificate: ec.crt
  ssl_certificate_key: ec.key
  server:
${servers.join('\n')}
    - listen: 127.0.0.1:%%PORT%% ssl
      server_name: dh.test
      ssl_certificate: rsa.crt
      ssl_certificate_key: rsa.key
      ssl_dhparam: dh
      location: { /: { return: 200 x } }
    - listen: 127.0.0.1:%%PORT%% ssl
      server_name: localhost
      location: { /: { return: 200 "$ssl_session_id|$ssl_early_data|$ssl_alpn_protocol" } }
`,
    })
  })

  /** What is agreed with a server. */
  async function agreed(name: string, options: tls.ConnectionOptions = {}) {
    const { socket } = await connectTls(gateway.port(), { servername: `${name}.test`, ...options })
    return socket
  }

  const OLD = { maxVersion: 'TLSv1.2', ciphers: [...GCM].reverse().join(':') } as const

  test('ssl_prefer_server_ciphers, and the option of OpenSSL', async () => {
    expect((await agreed('early', OLD)).getCipher().name).toBe(GCM[1])
    expect((await agreed('ciphers', OLD)).getCipher().name).toBe(GCM[0])
    expect((await agreed('options', OLD)).getCipher().name).toBe(GCM[0])
  })

  test('ssl_ciphers', async () => {
    const other = { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-CHACHA20-POLY1305' } as const
    expect((await agreed('early', other)).getCipher().name).toBe(other.ciphers)
    await expect(agreed('ciphers', other)).rejects.toThrow(/handshake failure/)
  })

  test('ssl_ecdh_curve', async () => {
    expect((await agreed('curve')).getEphemeralKeyInfo()).toMatchObject({ name: 'secp384r1' })
    await expect(agreed('curve', { ecdhCurve: 'X25519' })).rejects.toThrow(/handshake failure/)
  })

  test('ssl_dhparam', async () => {
    const socket = await agreed('dh', {
      maxVersion: 'TLSv1.2',
      ciphers: 'DHE-RSA-AES128-GCM-SHA256',
    })
    expect(socket.getEphemeralKeyInfo()).toMatchObject({ type: 'DH', size: 3072 })
  })

  test('ssl_conf_command Ciphersuites, MinProtocol, MaxProtocol, SignatureAlgorithms', async () => {
    expect((await agreed('suites')).getCipher().name).toBe('TLS_CHACHA20_POLY1305_SHA256')
    await expect(agreed('versions', { maxVersion: 'TLSv1.2' })).rejects.toThrow(/protocol version/)
    expect((await agreed('versions')).getProtocol()).toBe('TLSv1.3')
    const sigalgs = { maxVersion: 'TLSv1.2', sigalgs: 'RSA+SHA256:ECDSA+SHA256' } as const
    await expect(agreed('signatures', sigalgs)).rejects.toThrow(/handshake failure/)
    await agreed('signatures', { ...sigalgs, sigalgs: 'RSA+SHA256:ECDSA+SHA384' })
  })

  test('ssl_session_timeout, and tickets that are not given', async () => {
    const printed = async (name: string) => {
      const { output } = await sClient(gateway.port(), ['-tls1_2', '-servername', `${name}.test`])
      return /ticket lifetime hint: (\d+)/.exec(output)?.[1]
    }
    expect(await printed('timeout')).toBe('1234')
    expect(await printed('early')).toBe('300')
    expect(await printed('tickets')).toBeUndefined()
    expect(await printed('options')).toBeUndefined()
  })

  test.each(['builtin', 'few', 'both'])(
    'sessions are kept by ssl_session_cache: %s',
    async (name) => {
      const options = { maxVersion: 'TLSv1.2' } as const
      const first = await agreed(name, options)
      const session = first.getSession()
      first.destroy()
      expect((await agreed(name, { ...options, session })).isSessionReused()).toBe(true)
      expect((await agreed('early', { ...options, session })).isSessionReused()).toBe(false)
    },
  )

  test('ssl_buffer_size bounds records', async () => {
    const longest = async (name: string) => {
      const { output } = await sClient(
        gateway.port(),
        ['-msg', '-tls1_2', '-servername', `${name}.test`],
        `GET / HTTP/1.1\r\nHost: ${name}.test\r\nConnection: close\r\n\r\n`,
      )
      // Records of application data, with their lengths.
      const sizes = [
        ...output.matchAll(/<<< TLS 1\.2, RecordHeader \[length 0005\]\n +17 03 03 (\w\w) (\w\w)/g),
      ]
      const lengths = sizes.map(([, high, low]) => Number.parseInt(`${high}${low}`, 16))
      return Math.max(...lengths)
    }
    // Some of a record is the cipher's own.
    expect(await longest('small')).toBeLessThanOrEqual(1024 + 64)
    expect(await longest('large')).toBeGreaterThan(5000)
  })

  test('$ssl_session_id is that of the session, and nothing is early', async () => {
    for (const name of ['tickets.test', 'localhost']) {
      const options = {
        servername: name,
        maxVersion: 'TLSv1.2',
        ALPNProtocols: ['http/1.1'],
      } as const
      const { client, socket } = await connectTls(gateway.port(), options)
      const { text } = await client.exchange(request('GET /', { Host: 'localhost' }))
      const [id = '', ...others] = text.split('|')
      expect(others).toEqual(['', 'http/1.1'])
      expect(id).toMatch(/^(?:[0-9a-f]{64})?$/)
      if (name === 'tickets.test') {
        expect(id).toHaveLength(64)
        expect(socket.getSession()?.toString('hex')).toContain(id)
      }
    }
  })
})

describe('defaults', () => {
  /** What openssl can offer at all, weak ones too. */
  const known = spawnSync('openssl', ['ciphers', '-tls1_2', 'ALL:COMPLEMENTOFALL:@SECLEVEL=0'], {
    encoding: 'utf8',
  })

  test('what can be agreed on: TLS 1.2 and 1.3, forward secrecy, authenticated encryption', async () => {
    const gateway = await startGateway({
      files: { 'ec.crt': ec.cert, 'ec.key': ec.key, 'rsa.crt': rsa.cert, 'rsa.key': rsa.key },
      yaml: `
http:
  server:
    - listen: 127.0.0.1:%%PORT%% ssl
      ssl_certificate: [ec.crt, rsa.crt]
      ssl_certificate_key: [ec.key, rsa.key]
      location: { /: { return: 200 x } }
`,
    })
    const offers = known.stdout
      .trim()
      .split(':')
      .filter((name) => !/^TLS_/.test(name))
    expect(offers.length).toBeGreaterThan(50)
    const taken: string[] = []
    for (const ciphers of offers) {
      const options = { maxVersion: 'TLSv1.2', ciphers: `${ciphers}:@SECLEVEL=0` } as const
      const agreed = await connectTls(gateway.port(), options).catch(() => undefined)
      if (agreed) taken.push(agreed.socket.getCipher().name)
      agreed?.socket.destroy()
    }
    expect(taken).toContain('ECDHE-ECDSA-AES128-GCM-SHA256')
    expect(taken).toContain('ECDHE-RSA-AES256-GCM-SHA384')
    expect(taken.filter((name) => !/^(?:ECDHE|DHE)-.*(?:GCM|CHACHA20)/.test(name))).toEqual([])
    for (const version of ['TLSv1', 'TLSv1.1'] as const) {
      const options = {
        minVersion: version,
        maxVersion: version,
        ciphers: 'ALL:@SECLEVEL=0',
      } as const
      await expect(connectTls(gateway.port(), options)).rejects.toThrow(/protocol version/)
    }
    const { client, socket } = await connectTls(gateway.port())
    expect([socket.getProtocol(), (await client.exchange(GET('/'))).text]).toEqual(['TLSv1.3', 'x'])
  })
})

test.each([
  ['ssl_early_data: on', /"on" is refused: Node takes no early data/],
  ['ssl_conf_command: [NoSuch x]', /Node has no way to do the command "NoSuch"/],
  [
    'ssl_conf_command: ["Options ServerPreference,NoSuch"]',
    /Node does not know the option "NoSuch"/,
  ],
  ['ssl_conf_command: [Ciphersuites AES]', /"AES" are no ciphers of TLS 1\.3/],
  ['ssl_conf_command: [MinProtocol SSLv3]', /"SSLv3" is no version/],
  ['ssl_verify_depth: 101', /101 is not between 0 and 100/],
  [
    'add_header: [X $ssl_curve]',
    /"\$ssl_curve" is refused: Node does not tell a server which group/,
  ],
])('%s is refused', async (words, fault) => {
  const yaml = `http: { ${words}, server: { listen: 127.0.0.1:%%PORT%% } }`
  await expect(startGateway({ yaml })).rejects.toThrow(fault)
})

test('ssl_engine is refused', async () => {
  const yaml = 'ssl_engine: pkcs11\nhttp: { server: { listen: 127.0.0.1:%%PORT%% } }'
  await expect(startGateway({ yaml })).rejects.toThrow(/ssl_engine: refused: Node hands no keys/)
})

import { describe, expect, test } from 'vitest'
import { isPublicAddress } from '../../../../sandbox/host/fetch/address.ts'
import { client } from './client.ts'
import { origin } from './origin.ts'

/** Addresses a name must not lead to; the port is one that a real server listens on. */
const INSIDE = [
  '127.0.0.1',
  '127.255.255.254',
  '0.0.0.0',
  '0.1.2.3',
  '10.0.0.1',
  '10.255.255.255',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '169.254.169.254',
  '169.254.170.2',
  '100.64.0.1',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  '192.0.2.1',
  '198.18.0.1',
  '198.51.100.1',
  '203.0.113.1',
  '224.0.0.1',
  '239.255.255.255',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::127.0.0.1',
  '::ffff:127.0.0.1',
  '::ffff:a9fe:a9fe',
  '::ffff:0:127.0.0.1',
  '64:ff9b::7f00:1',
  '64:ff9b:1::a9fe:a9fe',
  '2002:7f00:1::',
  '2002:a9fe:a9fe::1',
  '2001:0:7f00:1::',
  '2001:db8::1',
  'fe80::1',
  'fe80::1%lo',
  'febf::1',
  'fec0::1',
  'fc00::1',
  'fd00:ec2::254',
  'fd20:ce::254',
  'ff02::1',
  '100::1',
  '5f00::1',
  '4000::1',
  'not an address',
  '',
]

describe('an allowed name does not lead', () => {
  test.each(INSIDE)('to %s', async (address) => {
    const victim = await origin((_, response) => response.end('secret'))
    const { refusal } = client({
      egress: [`api.test:${victim.port}`],
      names: { 'api.test': [address] },
    })
    expect(await refusal(`http://api.test:${victim.port}/`)).toBe('egress_denied')
    expect(victim.connections()).toBe(0)
  })

  test.each(['1.1.1.1', '8.8.8.8', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a00::1'])(
    'but %s is public',
    (address) => expect(isPublicAddress(address)).toBe(true),
  )
})

/** Spellings of the loopback address; `PORT` is one that a real server listens on. */
const SPELLINGS = [
  'http://127.0.0.1:PORT/',
  'http://127.1:PORT/',
  'http://2130706433:PORT/',
  'http://0x7f000001:PORT/',
  'http://0x7f.0.0.1:PORT/',
  'http://0177.0.0.1:PORT/',
  'http://017700000001:PORT/',
  'http://127.0.0.1.:PORT/',
  'http://１２７.0.0.1:PORT/',
  'http://127。0。0。1:PORT/',
  'http://①②⑦.0.0.1:PORT/',
  'http://%31%32%37.0.0.1:PORT/',
  'http://0:PORT/',
  'http://0.0.0.0:PORT/',
  'http://[::1]:PORT/',
  'http://[::]:PORT/',
  'http://[::ffff:127.0.0.1]:PORT/',
  'http://[::ffff:7f00:1]:PORT/',
  'http://[0:0:0:0:0:ffff:127.0.0.1]:PORT/',
  'http://[64:ff9b::127.0.0.1]:PORT/',
  'http://[2002:7f00:1::]:PORT/',
  'http://localhost:PORT/',
  'http://localhost.:PORT/',
  'http://LOCALHOST:PORT/',
  'http://api.test.:PORT/',
  'http://api.test\\@127.0.0.1:PORT/',
  'http://127.0.0.1:PORT#@api.test/',
  'http://127.0.0.1:PORT?@api.test/',
  'http://api.test.127.0.0.1.nip.io:PORT/',
  'http://evilapi.test:PORT/',
  'http://api.test.evil.test:PORT/',
  'http://xapi.test:PORT/',
  'http://api.test:1/',
  'http://wild.test:PORT/',
  'http://.wild.test:PORT/',
  'http://notwild.test:PORT/',
  'http:127.0.0.1:PORT/',
  'http:////127.0.0.1:PORT/',
  'https://127.0.0.1:PORT/',
  '\thttp://127.0.0.1:PORT/',
]

test.each(SPELLINGS)('a host that is not named is refused: %s', async (spelling) => {
  const victim = await origin((_, response) => response.end('secret'))
  const { refusal, asked } = client({
    egress: [`api.test:${victim.port}`, `*.wild.test:${victim.port}`, '127.0.0.2:9'],
    names: { localhost: ['127.0.0.1'], 'api.test': ['127.0.0.1'] },
  })
  const code = await refusal(spelling.replace('PORT', String(victim.port)))
  expect(['egress_denied', 'fetch_bad_request']).toContain(code)
  expect(victim.connections()).toBe(0)
  expect(asked.filter((host) => host !== 'api.test')).toEqual([])
})

test.each([
  ['file:///etc/passwd'],
  ['ftp://api.test/'],
  ['gopher://api.test/_GET'],
  ['data:text/plain,x'],
  ['blob:nodedata:1'],
  ['ws://api.test/'],
  ['unix:/run/docker.sock'],
  ['//api.test/'],
  ['/relative'],
  ['http://'],
  ['http://user@api.test/'],
  ['http://user:pass@api.test/'],
  ['http://[fe80::1%25lo]/'],
  [''],
])('what is no plain http URL is not fetched: %s', async (url) => {
  const { refusal, asked } = client({ egress: ['api.test'], names: { 'api.test': ['127.0.0.1'] } })
  expect(await refusal(url)).toBe('fetch_bad_request')
  expect(asked).toEqual([])
})

/** Where a server that is allowed sends the script; `PORT` is the victim's. */
const REDIRECTS: readonly (readonly [location: string, code: string])[] = [
  ['http://127.0.0.1:PORT/', 'egress_denied'],
  ['http://localhost:PORT/', 'egress_denied'],
  ['http://[::1]:PORT/', 'egress_denied'],
  ['http://[::ffff:127.0.0.1]:PORT/', 'egress_denied'],
  ['http://2130706433:PORT/', 'egress_denied'],
  ['//127.0.0.1:PORT/', 'egress_denied'],
  ['/\\127.0.0.1:PORT/', 'egress_denied'],
  ['\\\\127.0.0.1:PORT\\', 'egress_denied'],
  ['http://169.254.169.254/latest/meta-data/', 'egress_denied'],
  ['http://[fd00:ec2::254]/latest/meta-data/', 'egress_denied'],
  ['https://127.0.0.1:PORT/', 'egress_denied'],
  ['http://inside.test:PORT/', 'egress_denied'],
  ['http://other.test:PORT/', 'egress_denied'],
  ['http://allowed.test:PORT@127.0.0.1:PORT/', 'fetch_redirect'],
  ['file:///etc/passwd', 'fetch_redirect'],
  ['gopher://127.0.0.1:PORT/', 'fetch_redirect'],
  ['javascript:alert(1)', 'fetch_redirect'],
  ['data:text/plain,x', 'fetch_redirect'],
  ['http://', 'fetch_redirect'],
]

describe.each([301, 302, 303, 307, 308])('a redirect with %i', (status) => {
  test.each(REDIRECTS)('to %s is not followed', async (location, code) => {
    const victim = await origin((_, response) => response.end('secret'), { host: '127.0.0.1' })
    const to = location.replaceAll('PORT', String(victim.port))
    const outside = await origin((_, response) => {
      response.writeHead(status, { location: to }).end()
    })
    const { refusal } = client({
      egress: [
        `allowed.test:${outside.port}`,
        `127.0.0.1:${outside.port}`,
        `inside.test:${victim.port}`,
      ],
      names: { 'allowed.test': ['127.0.0.1'], 'inside.test': ['127.0.0.1'] },
    })
    expect(await refusal(`http://allowed.test:${outside.port}/`)).toBe(code)
    expect(outside.seen).toEqual(['GET /'])
    expect(victim.connections()).toBe(0)
  })
})

describe('DNS rebinding', () => {
  test('a name is asked for once, and the checked address is connected to', async () => {
    const server = await origin((_, response) => response.end('hello'))
    const answers = [['127.0.0.1'], ['10.0.0.1']]
    const { fetch, asked } = client({
      egress: [`api.test:${server.port}`, `127.0.0.1:${server.port}`],
      names: { 'api.test': () => answers.shift() ?? [] },
    })
    const answer = await fetch(`http://api.test:${server.port}/`)
    expect(await answer.text()).toBe('hello')
    expect(asked).toEqual(['api.test'])
  })

  test('a new connection is checked anew', async () => {
    const server = await origin((_, response) => response.end('hello'))
    const victim = await origin((_, response) => response.end('secret'), { host: '127.0.0.3' })
    const answers = [['127.0.0.1'], ['127.0.0.3']]
    const { fetch, refusal } = client({
      egress: [`api.test:${server.port}`, `127.0.0.1:${server.port}`],
      names: { 'api.test': () => answers.shift() ?? [] },
    })
    const first = await fetch(`http://api.test:${server.port}/`)
    // While the first connection is busy the second request needs one of its own.
    expect(await refusal(`http://api.test:${server.port}/`)).toBe('egress_denied')
    expect(await first.text()).toBe('hello')
    expect(victim.connections()).toBe(0)
  })

  test('of a mixed answer only what is allowed is tried', async () => {
    const server = await origin((_, response) => response.end('hello'))
    const victim = await origin((_, response) => response.end('secret'), { host: '127.0.0.3' })
    const { fetch } = client({
      egress: [`api.test:${server.port}`, `127.0.0.1:${server.port}`],
      names: { 'api.test': ['127.0.0.3', '::1', '10.0.0.1', '127.0.0.1'] },
    })
    expect(await (await fetch(`http://api.test:${server.port}/`)).text()).toBe('hello')
    expect(victim.connections()).toBe(0)
  })
})

test('what a refusal says is the same for every reason, and names nothing inside', async () => {
  const { fetch } = client({ egress: ['api.test'], names: { 'api.test': ['10.1.2.3'] } })
  const inside = await fetch('http://api.test/').catch((error: Error) => error)
  const unlisted = await fetch('http://10.1.2.3/').catch((error: Error) => error)
  expect(inside).toMatchObject({
    name: 'TypeError',
    message: 'fetch: the host is not allowed (egress_denied)',
  })
  expect(unlisted).toMatchObject({ message: (inside as Error).message })
})

test('why there is no answer is not told', async () => {
  const closed = await origin((_, response) => response.end())
  const hangsUp = await origin((request) => request.socket.destroy())
  const egress = ['gone.test', `127.0.0.1:${hangsUp.port}`, '127.0.0.4:1']
  const { fetch } = client({ egress })
  const texts = await Promise.all(
    ['http://gone.test/', `http://127.0.0.1:${hangsUp.port}/`, 'http://127.0.0.4:1/'].map((url) =>
      fetch(url).then(String, (error: Error) => `${error.name}: ${error.message}`),
    ),
  )
  expect(new Set(texts)).toEqual(new Set(['TypeError: fetch: no answer (fetch_failed)']))
  expect(closed.connections()).toBe(0)
})

import { type RequestOptions, underTest } from 'gateway/testing'
import { describe, expect, it } from 'vitest'
import plugin from '../../src/plugins/real-ip/index.ts'

type Texts = string | readonly string[]

interface Asked {
  readonly from?: Texts
  readonly field?: string
  readonly recursive?: 'on' | 'off'
  readonly headers?: Readonly<Record<string, Texts>>
  readonly client?: RequestOptions['client'] & {}
}

/** Who the client is, and who is connected: address and port. */
async function told({ from = '127.0.0.1', field, recursive, headers, client }: Asked) {
  const subject = underTest(plugin, {
    directives: {
      set_real_ip_from: from,
      ...(field && { real_ip_header: field }),
      ...(recursive && { real_ip_recursive: recursive }),
    },
  })
  const { x } = await subject.request({ ...(headers && { headers }), ...(client && { client }) })
  const variable = (name: 'realip_remote_addr' | 'realip_remote_port') =>
    plugin.variables?.[name]?.get(x)
  return {
    client: [x.client.address, x.client.port],
    connected: [variable('realip_remote_addr'), variable('realip_remote_port')],
    x,
    warnings: subject.warnings,
  }
}

describe('real-ip', () => {
  it('believes a trusted proxy', async () => {
    const { client, connected } = await told({ headers: { 'X-Real-IP': '192.0.2.7' } })
    expect(client).toEqual(['192.0.2.7', 0])
    expect(connected).toEqual(['127.0.0.1', '50000'])
  })

  it('believes nobody else', async () => {
    const headers = { 'X-Real-IP': '192.0.2.7' }
    const { client, connected } = await told({ from: '10.0.0.0/8', headers })
    expect(client).toEqual(['127.0.0.1', 50_000])
    expect(connected).toEqual(['127.0.0.1', '50000'])
  })

  it('keeps what else is known of the connection', async () => {
    const { x } = await told({
      headers: { 'X-Real-IP': '192.0.2.7:443' },
      client: { serial: 9, requests: 3, pipelined: true, localPort: 81, localAddress: '::1' },
    })
    const { serial, requests, pipelined, localPort, localAddress, secure, port } = x.client
    expect([serial, requests, pipelined, localPort, localAddress]).toEqual([9, 3, true, 81, '::1'])
    expect([secure, port, x.client.acceptedAt > 0]).toEqual([false, 443, true])
  })

  it.each([
    ['10.0.0.0/8', '10.255.0.1', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['10.0.0.0/8', '::ffff:10.1.2.3', true],
    ['::ffff:10.0.0.0/104', '10.1.2.3', false],
    ['10.0.0.4/31', '10.0.0.5', true],
    ['10.0.0.4/31', '10.0.0.6', false],
    ['0.0.0.0/0', '203.0.113.1', true],
    ['0.0.0.0/0', '::1', false],
    ['::/0', '::1', true],
    ['::/0', '203.0.113.1', false],
    ['2001:db8::/33', '2001:db8:7fff::1', true],
    ['2001:db8::/33', '2001:db8:8000::1', false],
    ['2001:0DB8::1', '2001:db8::1', true],
    ['fe80::/10', 'fe80::1%eth0', true],
    ['unix:', 'unix:', true],
    ['unix:', '127.0.0.1', false],
    ['0.0.0.0/0', 'unix:', false],
    ['localhost', '127.0.0.1', true],
    ['localhost', '127.0.0.2', false],
  ])('with set_real_ip_from %s a connection from %s is believed: %s', async (from, at, yes) => {
    const headers = { 'X-Real-IP': '192.0.2.7' }
    const { client } = await told({ from, headers, client: { address: at } })
    expect(client[0]).toBe(yes ? '192.0.2.7' : at)
  })

  it('asks as many proxies as are named', async () => {
    const headers = { 'X-Real-IP': '192.0.2.7' }
    const from = ['10.0.0.0/8', '127.0.0.0/8', 'unix:']
    expect((await told({ from, headers })).client[0]).toBe('192.0.2.7')
  })

  it.each([
    ['192.0.2.7', '192.0.2.7', 0],
    ['192.0.2.7:8080', '192.0.2.7', 8080],
    ['192.000.02.7', '192.0.2.7', 0],
    ['2001:DB8:0:0::1', '2001:db8::1', 0],
    ['[2001:db8::1]:65535', '2001:db8::1', 65_535],
    ['::ffff:192.0.2.7', '::ffff:192.0.2.7', 0],
    ['::ffff:c000:207', '::ffff:192.0.2.7', 0],
    ['1.2.3.4, 192.0.2.7', '192.0.2.7', 0],
    ['192.0.2.7, ', '192.0.2.7', 0],
  ])('reads "%s"', async (text, address, port) => {
    expect((await told({ headers: { 'X-Real-IP': text } })).client).toEqual([address, port])
  })

  it.each([
    '',
    ' ',
    'unknown',
    '192.0.2',
    '192.0.2.256',
    '192.0.2.7:0',
    '192.0.2.7:65536',
    '[2001:db8::1]',
    'fe80::1%eth0',
    '1::2::3',
    '192.0.2.7, x',
    '1.2.3.4\u0000',
    'unix:',
  ])('leaves the client as it is for "%s"', async (text) => {
    expect((await told({ headers: { 'X-Real-IP': text } })).client).toEqual(['127.0.0.1', 50_000])
  })

  const chain = {
    from: ['127.0.0.1', '10.0.0.0/8'],
    field: 'X-Forwarded-For',
    headers: { 'X-Forwarded-For': ['6.6.6.6, 192.0.2.7', '10.0.0.2, 10.0.0.1'] },
  } as const

  it('takes the last address of the last X-Forwarded-For', async () => {
    expect((await told(chain)).client[0]).toBe('10.0.0.1')
  })

  it('with real_ip_recursive takes the last that is no proxy', async () => {
    expect((await told({ ...chain, recursive: 'on' })).client[0]).toBe('192.0.2.7')
  })

  it('with real_ip_recursive takes the first of proxies alone', async () => {
    const headers = { 'X-Forwarded-For': '10.0.0.2, 10.0.0.1' }
    expect((await told({ ...chain, headers, recursive: 'on' })).client[0]).toBe('10.0.0.2')
  })

  it('with real_ip_recursive stops at what is no address', async () => {
    const headers = { 'X-Forwarded-For': '192.0.2.7, x, 10.0.0.1' }
    expect((await told({ ...chain, headers, recursive: 'on' })).client[0]).toBe('10.0.0.1')
  })

  it('takes the first line of a field of any name', async () => {
    const headers = { 'x-client': ['192.0.2.7', '192.0.2.8'] }
    expect((await told({ field: 'X-Client', headers })).client[0]).toBe('192.0.2.7')
    expect((await told({ field: 'X-Other', headers })).client[0]).toBe('127.0.0.1')
  })

  it.each(['192.0.2.7', '2001:db8::1'])(
    'takes %s and its port from the PROXY protocol',
    async (address) => {
      const proxyProtocol = {
        address,
        port: 1234,
        serverAddress: '192.0.2.1',
        serverPort: 443,
        tlvs: undefined,
      }
      const headers = { 'X-Real-IP': '6.6.6.6' }
      const asked = { field: 'proxy_protocol', headers }
      expect((await told({ ...asked, client: { proxyProtocol } })).client).toEqual([address, 1234])
      const portless = { ...proxyProtocol, port: 0 }
      const { client } = await told({ ...asked, client: { proxyProtocol: portless } })
      expect(client).toEqual([address, 0])
      expect((await told(asked)).client).toEqual(['127.0.0.1', 50_000])
    },
  )

  it('changes the client once', async () => {
    const subject = underTest(plugin, {
      directives: { set_real_ip_from: ['127.0.0.1', '192.0.2.7'] },
    })
    const x = subject.exchange({ headers: { 'X-Real-IP': '192.0.2.7' } })
    const config = subject.config as NonNullable<typeof subject.config>
    plugin.postRead?.(x, config)
    const { client } = x
    plugin.preaccess?.(x, config)
    expect(x.client).toBe(client)
  })

  it('of a subrequest is that of the whole request', () => {
    const subject = underTest(plugin, { directives: { set_real_ip_from: '127.0.0.1' } })
    const x = subject.exchange({ headers: { 'X-Real-IP': '192.0.2.7' } })
    const inner = x.subrequest('/inner').x
    expect([inner.client.address, x.client.address]).toEqual(['192.0.2.7', '192.0.2.7'])
  })

  it('is not here where nobody is trusted', () => {
    expect(underTest(plugin, { directives: { real_ip_recursive: 'on' } }).config).toBeUndefined()
  })

  it('warns of bits that do not count', async () => {
    for (const [network, warned] of [
      ['10.1.1.1/8', true],
      ['10.0.0.0/8', false],
      ['2001:db8::1/32', true],
      ['2001:db8::/32', false],
      ['10.1.1.1/32', false],
    ] as const) {
      expect((await told({ from: network })).warnings).toEqual(
        warned ? [`set_real_ip_from: low address bits of ${network} are meaningless`] : [],
      )
    }
  })

  it.each([
    // Longer than a label may be, so that no name server is asked.
    ['set_real_ip_from', 'x'.repeat(64), `host not found in "${'x'.repeat(64)}"`],
    ['set_real_ip_from', '10.0.0.0/33', 'host not found in "10.0.0.0/33"'],
    ['set_real_ip_from', '-s', 'host not found in "-s"'],
    ['set_real_ip_from', 'a;b', 'host not found in "a;b"'],
    ['real_ip_header', '"X Y"', '"X Y" is not a field name'],
    ['real_ip_recursive', 'yes', 'neither'],
  ])('refuses %s %s', (name, text, message) => {
    expect(() => underTest(plugin, { directives: { [name]: text } })).toThrow(message)
  })
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Gateway } from '../harness/gateway.ts'
import { once, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'

const folder = join(import.meta.dirname, '..', '..', 'plugins-examples')

/** Runs an example as it is, but for its ports. */
function start(name: string): Promise<Gateway> {
  const yaml = readFileSync(join(folder, name, 'gateway.yaml'), 'utf8')
  return startGateway({
    yaml: yaml.replace(/\b808(\d)\b/g, (_, digit) =>
      digit === '0' ? '%%PORT%%' : `%%PORT_${digit}%%`,
    ),
    files: { 'plugin.ts': readFileSync(join(folder, name, 'plugin.ts'), 'utf8') },
  })
}

function ask(gateway: Gateway, line: string, headers: Record<string, string> = {}) {
  return once(gateway.port(), request(line, headers))
}

describe('the example', () => {
  test('greeting answers with JSON', async () => {
    const gateway = await start('greeting')
    expect((await ask(gateway, 'GET /hello/you?name=Ann')).text).toBe(
      '{"hello":"Ann","at":"/hello/you"}',
    )
    expect((await ask(gateway, 'GET /world')).text).toBe('{"hello":"world","at":"/world"}')
    expect((await ask(gateway, 'DELETE /world')).status).toBe(405)
  })

  test('banner stands above pages, compressed ones as well', async () => {
    const gateway = await start('banner')
    const above = '<p>Closed on Sundays.</p>\n<h1>Our shop</h1>'
    expect((await ask(gateway, 'GET /page.html')).text).toBe(above)
    expect((await ask(gateway, 'GET /plain.txt')).text).toBe('nothing above me')
    expect((await ask(gateway, 'GET /quiet.html')).text).toBe('<h1>Our office</h1>')
    const zipped = await ask(gateway, 'GET /page.html', { 'Accept-Encoding': 'gzip' })
    expect(zipped.headers.get('content-encoding')).toBe('gzip')
  })

  test('sticky-cookie keeps a session where it is', async () => {
    const gateway = await start('sticky-cookie')
    const first = (await ask(gateway, 'GET /', { Cookie: 'session=ann' })).text
    expect(['first', 'second', 'third']).toContain(first)
    for (let i = 0; i < 5; i++) {
      expect((await ask(gateway, 'GET /', { Cookie: 'session=ann' })).text).toBe(first)
    }
    const turns = new Set<string>()
    for (let i = 0; i < 3; i++) turns.add((await ask(gateway, 'GET /')).text)
    expect(turns.size).toBe(3)
  })

  test('api-key asks for a key, unless the address is enough', async () => {
    const gateway = await start('api-key')
    const refused = await ask(gateway, 'GET /api/')
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
      401,
      'ApiKey realm="api"',
    ])
    const key = { 'X-Api-Key': 's3cret-of-ann' }
    expect((await ask(gateway, 'GET /api/', key)).text).toBe('hello ann')
    expect((await ask(gateway, 'GET /lan/')).text).toBe('hello ')
  })
})

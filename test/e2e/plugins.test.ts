import { beforeAll, describe, expect, test } from 'vitest'
import type { Gateway } from '../harness/gateway.ts'
import { connect, get, once, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'

let gateway: Gateway

beforeAll(async () => {
  gateway = await startGateway({
    yaml: `
worker_processes: 2
http:
  add_header: X-Everywhere yes
  log_format:
    - short "$request_method $uri $status"
    - object as=json path=$uri status=$status
  access_log: access.log short
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /: { return: '200 "hello, $arg_name"' }
        /gone: { return: 410 }
        /moved: { return: '301 /elsewhere?a=b' }
        /away: { return: 'https://example.com$request_uri' }
        /closed: { return: 444 }
        /sorry: { return: '503 "come back"', error_page: 503 /unused }
        /headers/:
          add_header: [X-One 1, 'X-Two "two words" always']
          expires: 30d
          return: 200 ok
        /headers/missing: { return: 404 }
        /status: { stub_status: on, access_log: off }
        /private/:
          allow: 127.0.0.2
          deny: all
        /semi/:
          deny: 127.0.0.9
          allow: all
          return: 200 in
        /json/: { access_log: [object.log object, json.log json], return: 200 ok }
        /quiet/: { access_log: off, return: 200 ok }
    - listen: 127.0.0.1:%%PORT_1%%
      return: 200 "the whole server"
`,
    expected: [/access forbidden by rule/],
  })
})

const ask = (path: string) => get(gateway.port(), path)

describe('return', () => {
  test('answers with text, page, redirect or nothing', async () => {
    expect((await ask('/?name=Ann')).text).toBe('hello, Ann')
    const gone = await ask('/gone')
    expect([gone.status, gone.text.includes('410 Gone')]).toEqual([410, true])
    expect((await ask('/sorry')).text).toBe('come back')
    const moved = await ask('/moved')
    expect([moved.status, moved.headers.get('location')]).toEqual([
      301,
      `http://localhost:${gateway.port()}/elsewhere?a=b`,
    ])
    expect((await ask('/away?x')).headers.get('location')).toBe('https://example.com/away?x')
    const client = await connect(gateway.port())
    await client.send(request('GET /closed'))
    expect(await client.ending()).toBe('end')
  })

  test('in a server answers before any location', async () => {
    expect((await get(gateway.port(1), '/any/where')).text).toBe('the whole server')
  })
})

describe('headers', () => {
  test('are added, and replace those from above', async () => {
    const { headers } = await ask('/headers/')
    expect([headers.get('x-one'), headers.get('x-two'), headers.has('x-everywhere')]).toEqual([
      '1',
      'two words',
      false,
    ])
    expect(headers.get('cache-control')).toBe('max-age=2592000')
    expect((await ask('/')).headers.get('x-everywhere')).toBe('yes')
  })
})

describe('access', () => {
  test('is for who may', async () => {
    expect((await ask('/private/x')).status).toBe(403)
    expect((await ask('/semi/')).text).toBe('in')
  })
})

describe('stub_status', () => {
  test('counts for all workers', async () => {
    const count = async () => Number(/\n \d+ \d+ (\d+) \n/.exec((await ask('/status')).text)?.[1])
    const before = await count()
    for (let i = 0; i < 20; i++) await ask('/')
    await expect.poll(count, { timeout: 5000 }).toBeGreaterThanOrEqual(before + 20)
  })
})

describe('access logs', () => {
  test('have a line for each request, where they are not off', async () => {
    await ask('/quiet/')
    await once(gateway.port(), request('POST /logged', { Connection: 'close' }, 'body'))
    await expect.poll(() => gateway.accessLog()).toContain('POST /logged 200\n')
    expect(gateway.accessLog()).not.toContain('/quiet/')
  })

  test('are written as JSON', async () => {
    await ask('/json/x')
    await expect
      .poll(() => gateway.accessLog('object.log'))
      .toBe('{"path":"/json/x","status":200}\n')
    await expect.poll(() => gateway.accessLog('json.log')).not.toBe('')
    expect(JSON.parse(gateway.accessLog('json.log'))).toMatchObject({ uri: '/json/x', status: 200 })
  })
})

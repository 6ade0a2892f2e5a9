import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { connect, get, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'

test('listens on IPv4, IPv6 and a unix socket at once', async () => {
  const gateway = await startGateway({
    yaml: `
http:
  server:
    - listen: ["127.0.0.1:%%PORT%%", "[::1]:%%PORT%%", "unix:%%DIR%%/gateway.sock"]
      location:
        /:
          return: 200 "$remote_addr"
`,
  })
  expect((await get(gateway.port(), '/')).text).toBe('127.0.0.1')
  const six = await connect(gateway.port(), { host: '::1' })
  expect((await six.exchange(request('GET /', { Connection: 'close' }))).text).toBe('::1')
  expect((await get(`${gateway.dir}/gateway.sock`, '/')).text).toBe('unix:')
  await gateway.stop()
  expect(existsSync(`${gateway.dir}/gateway.sock`)).toBe(false)
})

test('a port alone listens on every IPv4 address', async () => {
  const gateway = await startGateway({
    yaml: 'http: { server: [ { listen: "%%PORT%%", location: { /: { return: 200 $server_addr } } } ] }',
  })
  expect((await get(gateway.port(), '/')).text).toBe('127.0.0.1')
  const other = await connect(gateway.port(), { host: '127.0.0.2' })
  expect((await other.exchange(request('GET /'))).text).toBe('127.0.0.2')
})

test('a specific address is preferred to every address of the port', async () => {
  const gateway = await startGateway({
    yaml: `
http:
  server:
    - listen: %%PORT%%
      location: { /: { return: 200 all } }
    - listen: 127.0.0.2:%%PORT%%
      location: { /: { return: 200 specific } }
`,
  })
  expect((await get(gateway.port(), '/')).text).toBe('all')
  const client = await connect(gateway.port(), { host: '127.0.0.2' })
  expect((await client.exchange(request('GET /'))).text).toBe('specific')
})

test('an address in use is an error that names it', async () => {
  const first = await startGateway({
    yaml: 'http: { server: [ { listen: "127.0.0.1:%%PORT%%", location: { /: { return: 200 ok } } } ] }',
  })
  const second = startGateway({
    yaml: `http: { server: [ { listen: "127.0.0.1:${first.port()}" } ] }`,
  })
  await expect(second).rejects.toThrow(new RegExp(`127\\.0\\.0\\.1:${first.port()}.*in use`, 'is'))
  expect((await get(first.port(), '/')).text).toBe('ok')
})

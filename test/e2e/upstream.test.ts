import { expect, test } from 'vitest'
import { closeBeforeHead } from '../harness/faults.ts'
import { httpOrigin } from '../harness/http-origin.ts'
import { origin } from '../harness/origin.ts'
import { connect, get, request } from '../harness/raw-client.ts'
import { sqliteMissing } from '../harness/sqlite-missing.ts'
import { startGateway } from '../harness/start-gateway.ts'

function gateway(upstream: string, more = '', head = '') {
  return startGateway({
    yaml: `
${head}
http:
  upstream:
    group: ${upstream}
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /: { proxy_pass: http://group, proxy_connect_timeout: 1s${more} }
`,
  })
}

async function origins(count: number) {
  return Promise.all(
    Array.from({ length: count }, (_, i) => httpOrigin(() => ({ body: String(i + 1) }))),
  )
}

/** The bodies of so many answers on one connection. */
async function sequence(port: number, times: number): Promise<string> {
  const client = await connect(port)
  let text = ''
  for (let i = 0; i < times; i++) text += (await client.exchange(request('GET /'))).text
  return text
}

test('balances by weight, smoothly', async () => {
  const [a, b, c] = await origins(3)
  const started = await gateway(
    `{ server: ["${a?.address} weight=5", "${b?.address}", "${c?.address}"] }`,
  )
  expect(await sequence(started.port(), 14)).toBe('11213111121311')
  expect([a?.accepted, b?.accepted, c?.accepted]).toEqual([1, 1, 1])
})

test('ip_hash keeps a client on one peer', async () => {
  const [a, b, c] = await origins(3)
  const started = await gateway(
    `{ ip_hash: on, server: ["${a?.address}", "${b?.address}", "${c?.address}"] }`,
  )
  const home = await sequence(started.port(), 1)
  expect(await sequence(started.port(), 10)).toBe(home.repeat(10))
})

test('a peer that fails is left alone for fail_timeout, then tried again', async () => {
  const [good] = await origins(1)
  const bad = await origin(closeBeforeHead)
  const started = await gateway(
    `{ server: ["${bad.address} max_fails=1 fail_timeout=500ms", "${good?.address}"] }`,
  )
  started.expect('upstream prematurely closed connection')
  expect(await sequence(started.port(), 6)).toBe('111111')
  expect(bad.accepted).toBe(1)
  await expect
    .poll(
      async () => {
        await get(started.port(), '/')
        return bad.accepted
      },
      { timeout: 3000 },
    )
    .toBe(2)
})

test('a name that cannot be resolved is a warning, and 502 for that peer', async () => {
  const [good] = await origins(1)
  const started = await gateway(`{ server: ["no-such-name.invalid", "${good?.address}"] }`)
  started.expect('host not found in upstream')
  expect(started.errorLog()).toMatch(/\[warn\].*host not found in upstream "no-such-name.invalid"/)
  expect(await sequence(started.port(), 4)).toBe('1111')
}, 30_000)

test('a name stands for all its addresses', async () => {
  const [good] = await origins(1)
  const started = await gateway(`{ server: "localhost:${good?.port}" }`)
  started.expect('connect() failed')
  expect(await sequence(started.port(), 3)).toBe('111')
})

test('keeps connections, as many as keepalive says', async () => {
  const [good] = await origins(1)
  const started = await gateway(`{ keepalive: 1, server: "${good?.address}" }`)
  await sequence(started.port(), 20)
  expect(good?.accepted).toBe(1)
  const none = await gateway(`{ keepalive: 0, server: "${good?.address}" }`)
  await sequence(none.port(), 5)
  expect(good?.accepted).toBe(6)
})

test.skipIf(sqliteMissing)('the workers share the health of peers', async () => {
  const [good] = await origins(1)
  const bad = await origin(closeBeforeHead)
  const started = await gateway(
    `{ server: ["${bad.address} max_fails=1 fail_timeout=1h", "${good?.address}"] }`,
    '',
    'worker_processes: 3',
  )
  started.expect('upstream prematurely closed connection')
  await get(started.port(), '/')
  await get(started.port(), '/')
  const before = bad.accepted
  expect(before).toBeGreaterThan(0)
  // Longer than the workers take to look at what the others found out.
  await new Promise((resolve) => setTimeout(resolve, 600))
  const seen = bad.accepted
  for (let i = 0; i < 30; i++) expect((await get(started.port(), '/')).text).toBe('1')
  expect(bad.accepted).toBe(seen)
})

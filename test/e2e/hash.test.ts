import { describe, expect, test } from 'vitest'
import { httpOrigin } from '../harness/http-origin.ts'
import { nginx, nginxMissing } from '../harness/nginx.ts'
import { freePort } from '../harness/ports.ts'
import { connect, GET } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'

const KEYS = Array.from({ length: 250 }, (_, i) => `/?k=key-${i * i}`)
const NONE: readonly string[] = []

/** The gateway with an upstream of this balancer and these `server` lines. */
async function gateway(hash: string, servers: readonly string[]) {
  const started = await startGateway({
    yaml: `
worker_processes: 1
http:
  upstream:
    group:
      hash: ${JSON.stringify(hash)}
      server: ${JSON.stringify(servers)}
  server:
    - listen: 127.0.0.1:%%PORT%%
      add_header: X-Peers $upstream_addr always
      location:
        /: { proxy_pass: http://group }
`,
  })
  return started
}

/** nginx with the same. */
function peer(hash: string, servers: readonly string[]) {
  return nginx(`
upstream group {
  hash ${hash};
  ${servers.map((server) => `server ${server};`).join('\n')}
}
server {
  listen 127.0.0.1:%%PORT%%;
  add_header X-Peers $upstream_addr always;
  location / { proxy_pass http://group; }
}`)
}

/** Who was asked for each target, one after another, and what came of it. */
async function choices(port: number, targets: readonly string[]): Promise<string[]> {
  const client = await connect(port)
  const all: string[] = []
  for (const target of targets) {
    const { status, headers } = await client.exchange(GET(target))
    all.push(`${target} ${status} ${headers.get('x-peers')}`)
  }
  return all
}

/** Addresses where somebody listens. */
async function origins(count: number): Promise<string[]> {
  const all = await Promise.all(Array.from({ length: count }, () => httpOrigin()))
  return all.map(({ address }) => address)
}

async function nobody(): Promise<string> {
  return `127.0.0.1:${await freePort()}`
}

/** Both with the same servers must ask the same peers in the same order. */
async function expectSame(
  hash: string,
  servers: readonly string[],
  targets: readonly string[],
  expected: readonly string[] = NONE,
): Promise<string[]> {
  const [ours, theirs] = await Promise.all([gateway(hash, servers), peer(hash, servers)])
  ours.expect(...expected)
  const chosen = await choices(ours.port(), targets)
  expect(chosen).toEqual(await choices(theirs.port(), targets))
  return chosen
}

describe.skipIf(nginxMissing())('as nginx chooses', { timeout: 30_000 }, () => {
  describe.each(['$arg_k', '"$arg_k$http_host" consistent'])('hash %s', (hash) => {
    test('by weights, and around a peer that is down', async () => {
      const [a, b, c, d, e] = await origins(5)
      const servers = [`${a} weight=3`, `${b}`, `${c} weight=2 down`, `${d} weight=5`, `${e}`]
      const chosen = await expectSame(hash, servers, KEYS)
      expect(new Set(chosen.map((line) => line.split(' ').at(-1))).size).toBe(4)
    })

    test('whom to ask when peers fail', async () => {
      const [a] = await origins(1)
      const [b, c, d] = [await nobody(), await nobody(), await nobody()]
      const servers = [
        `${a} weight=2`,
        `${b} weight=2 max_fails=0`,
        `${c} max_fails=0`,
        `${d} max_fails=0`,
      ]
      const chosen = await expectSame(hash, servers, KEYS, ['connect() failed'])
      expect(chosen.filter((line) => line.split(', ').length === 4).length).toBeGreaterThan(10)
    })

    test('when nobody answers', async () => {
      const servers = [`${await nobody()} max_fails=0`, `${await nobody()} weight=3 max_fails=0`]
      const chosen = await expectSame(hash, servers, KEYS.slice(0, 40), ['connect() failed'])
      expect(chosen.every((line) => / 502 .*, /.test(line))).toBe(true)
    })

    test('one of two, and two of many that are down', async () => {
      const [a, b] = await origins(2)
      await expectSame(hash, [`${a}`, `${b} weight=7`], KEYS.slice(0, 100))
      const down = Array.from({ length: 12 }, (_, i) => `127.0.0.2:${8000 + i} weight=3 down`)
      await expectSame(hash, [...down, `${a}`, `${b}`], KEYS.slice(0, 200))
    })

    test('of names as they are written', async () => {
      const [a, b] = await origins(2)
      const names = [`localhost:${a?.split(':')[1]} weight=2 max_fails=0`, `${b} max_fails=0`]
      await expectSame(hash, names, KEYS.slice(0, 200), ['connect() failed'])
    })
  })

  test('where the key is empty', async () => {
    const [a, b, c] = await origins(3)
    const servers = [`${a} weight=5`, `${b}`, `${c}`]
    const none = Array.from({ length: 14 }, () => '/')
    await expectSame('$arg_k', servers, none)
    await expectSame('$arg_k consistent', servers, none)
  })

  test('for keys of any bytes', async () => {
    const [a, b, c] = await origins(3)
    const targets = Array.from({ length: 255 }, (_, i) => {
      return `/?k=${encodeURIComponent(String.fromCharCode(i + 1))}`
    })
    const servers = [`${a}`, `${b}`, `${c}`]
    await expectSame('$request_uri', servers, targets)
    // What the path is once it is decoded.
    const paths = targets.map((target) => target.replace('?k=', ''))
    const decoded = paths.filter((path) => !/\/(%2F|\.)?$/i.test(path))
    await expectSame('$uri consistent', servers, decoded)
  })
})

describe.each(['$arg_k', '$arg_k consistent'])('hash %s', (hash) => {
  test('asks a backup when all others fail', async () => {
    const [backup] = await origins(1)
    const servers = [`${await nobody()}`, `${await nobody()}`, `${backup} backup`]
    const started = await gateway(hash, servers)
    started.expect('connect() failed')
    for (const line of await choices(started.port(), KEYS.slice(0, 10))) {
      expect(line).toMatch(new RegExp(` 200 .*${backup}$`))
    }
  })

  test('answers 502 when nobody is left', async () => {
    const [a, b] = await origins(2)
    const started = await gateway(hash, [`${a} down`, `${b} down`])
    started.expect('no live upstreams')
    const [line] = await choices(started.port(), ['/?k=1'])
    expect(line).toBe('/?k=1 502 group')
  })

  test('leaves a peer that failed alone for fail_timeout', async () => {
    const [a] = await origins(1)
    const gone = await nobody()
    const started = await gateway(hash, [`${a}`, `${gone} max_fails=1 fail_timeout=1h`])
    started.expect('connect() failed')
    const lines = await choices(started.port(), KEYS.slice(0, 50))
    expect(lines.filter((line) => line.includes(gone))).toHaveLength(1)
    expect(lines.every((line) => line.includes(' 200 '))).toBe(true)
  })
})

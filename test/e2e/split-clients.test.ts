import { expect, test } from 'vitest'
import { nginx, nginxMissing } from '../harness/nginx.ts'
import { connect, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'

const YAML = `
http:
  split_clients:
    "$http_x $v": { 0.5%: a, 12.34%: b, 33.33%: c, .07%: d, 20%: e, "*": rest }
    "$http_x-$arg_y $w": { 50%: left }
  server:
    - listen: 127.0.0.1:%%PORT%%
      keepalive_requests: 100000
      location:
        /: { return: 200 "$v $w" }
`

const NGINX = `
keepalive_requests 100000;
split_clients $http_x $v { 0.5% a; 12.34% b; 33.33% c; .07% d; 20% e; * rest; }
split_clients $http_x-$arg_y $w { 50% left; }
server {
  listen 127.0.0.1:%%PORT%%;
  location / { return 200 "$v $w"; }
}
`

/** Sources of every length and with every byte that a field may hold, always the same ones. */
function sources(): string[] {
  let seed = 1
  const random = (below: number) => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
    return (seed >>> 8) % below
  }
  return Array.from({ length: 3000 }, () => {
    const bytes = Array.from({ length: random(40) }, () => 0x21 + random(0xff - 0x21))
    return String.fromCharCode(...bytes.map((byte) => (byte === 0x7f ? 0x7e : byte)))
  })
}

async function answers(port: number, keys: readonly string[]): Promise<string[]> {
  const client = await connect(port)
  const texts: string[] = []
  for (const key of keys) {
    const headers = { Host: 'localhost', X: key }
    texts.push((await client.exchange(request(`GET /?y=${texts.length}`, headers))).text)
  }
  client.destroy()
  return texts
}

test.skipIf(nginxMissing())('divides 3000 sources as nginx does', async () => {
  const gateway = await startGateway({ yaml: YAML })
  const theirs = await nginx(NGINX)
  const keys = sources()
  const [ours, wanted] = [await answers(gateway.port(), keys), await answers(theirs.port(), keys)]
  expect(ours).toEqual(wanted)
  expect(new Set(ours).size).toBeGreaterThan(8)
})

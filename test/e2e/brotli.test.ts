import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { beforeAll, expect, test } from 'vitest'
import type { Gateway } from '../harness/gateway.ts'
import { get } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'

const LARGE = 'A gateway compresses what it sends. '.repeat(20_000)

let gateway: Gateway

beforeAll(async () => {
  gateway = await startGateway({
    files: { 'www/large.html': LARGE },
    yaml: `
http:
  brotli: on
  gzip: on
  gzip_vary: on
  server:
    listen: 127.0.0.1:%%PORT%%
    root: www
`,
  })
})

const page = (encodings: string) =>
  get(gateway.port(), '/large.html', { 'Accept-Encoding': encodings })

test('a large file is compressed with brotli for who takes it', async () => {
  const { body, headers } = await page('gzip, deflate, br')
  expect(brotliDecompressSync(body).toString() === LARGE).toBe(true)
  expect([headers.get('content-encoding'), headers.get('vary')]).toEqual(['br', 'Accept-Encoding'])
})

test('gzip is for the others, and what decides is said once', async () => {
  const { body, headers } = await page('gzip')
  expect(gunzipSync(body).toString() === LARGE).toBe(true)
  expect(headers.lines.filter(([name]) => name.toLowerCase() === 'vary').length).toBe(1)
})

test('many at a time are kept apart', async () => {
  const answers = await Promise.all(Array.from({ length: 10 }, () => page('br')))
  for (const { body } of answers) expect(brotliDecompressSync(body).toString() === LARGE).toBe(true)
})

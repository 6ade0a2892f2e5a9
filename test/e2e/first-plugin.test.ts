import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { get } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'

const root = join(import.meta.dirname, '..', '..')
const guide = readFileSync(join(root, 'docs', 'guide', 'first-plugin.md'), 'utf8')

/** The files the guide tells to write, in order; the same name may come twice. */
const files = [...guide.matchAll(/^```\w+ (\S+)\n(.*?)^```/gms)].map(([, name, text]) => ({
  name,
  text,
}))
const all = (name: string) =>
  files.filter((file) => file.name === name).map(({ text }) => text ?? '')

async function start(step: number) {
  const gateway = await startGateway({
    yaml: all('gateway.yaml')[step]?.replace('8080', '%%PORT%%') ?? '',
    files: { 'my-plugin.ts': all('my-plugin.ts')[step] ?? '' },
  })
  return (path: string) => get(gateway.port(), path)
}

test('the first step of the guide does what it says', async () => {
  const ask = await start(0)
  const closed = await ask('/shop/')
  expect([closed.status, closed.headers.get('retry-after')]).toEqual([503, '3600'])
  expect((await ask('/')).text).toBe('Welcome.\n')
})

test('the whole plugin of the guide does what it says', async () => {
  const ask = await start(1)
  const closed = await ask('/shop/')
  expect([closed.status, closed.headers.get('retry-after')]).toEqual([503, '7200'])
  expect(closed.headers.get('x-note')).toBe('for 127.0.0.1')
  expect((await ask('/')).headers.get('x-note')).toBe('for 127.0.0.1')
})

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fakeOrigin, realGateway } from 'gateway/testing'
import { expect, test } from 'vitest'
import { ensureBuilt } from '../harness/build.ts'
import { onCleanup } from '../harness/cleanup.ts'

const PLUGIN = `
import { definePlugin } from 'gateway/plugin'
export default definePlugin({
  name: 'kind',
  variables: { kind: { doc: 'A kind.', get: () => 'own' } },
})
`

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'real-gateway-'))
  onCleanup(() => rmSync(made, { recursive: true, force: true }))
  writeFileSync(join(made, 'plugin.ts'), PLUGIN)
  return made
}

const configurations = (own: string) => readdirSync(own).filter((name) => name.endsWith('.yaml'))

test('serves a configuration with the plugin of its folder, in front of an origin', async () => {
  await ensureBuilt()
  const own = folder()
  await using origin = await fakeOrigin(({ headers, target }) => `${target} ${headers['x-kind']}`)
  const gateway = await realGateway({
    folder: own,
    yaml: `
plugins: ./plugin.ts
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      location: { /: { proxy_set_header: X-Kind $kind, proxy_pass: "http://${origin.address}" } }
    - listen: 127.0.0.1:%%PORT_1%%
      return: 200 other
`,
  })
  try {
    const answer = await fetch(`${gateway.url}/a?b`, { method: 'POST', body: 'body' })
    expect(await answer.text()).toBe('/a?b own')
    const [received] = origin.received
    expect([received?.method, received?.target, received?.body.toString()]).toEqual([
      'POST',
      '/a?b',
      'body',
    ])
    expect(await (await fetch(`http://127.0.0.1:${gateway.port(1)}/`)).text()).toBe('other')
    expect(() => gateway.port(2)).toThrow('%%PORT_2%%')
  } finally {
    await gateway.stop()
  }
  expect(configurations(own)).toEqual([])
  await expect(fetch(gateway.url)).rejects.toThrow()
})

test('tells why it does not start, and leaves nothing behind', async () => {
  await ensureBuilt()
  const own = folder()
  const yaml = 'plugins: ./plugin.ts\nhttp: { nonsense: on, listen: %%PORT%% }\n'
  await expect(realGateway({ folder: own, yaml })).rejects.toThrow('unknown directive "nonsense"')
  expect(configurations(own)).toEqual([])
})

import { expect, test } from 'vitest'
import { httpOrigin } from '../harness/http-origin.ts'
import { get } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'

const PLUGIN = `
import { definePlugin, directive } from 'gateway/plugin'

export default definePlugin({
  name: 'choice',
  directives: {
    choice: directive({
      in: ['location'],
      default: undefined,
      doc: 'Chooses upstream and peer by arguments.',
      usage: 'upstream',
      min: 1,
      max: 1,
      read: (entry) => entry.upstream(entry.args[0]),
    }),
  },
  prepare: ({ choice }) => choice,
  chooseUpstream: (x, named, choice) => (x.args?.includes('other') ? choice : named),
  choosePeer: (x, peers, tried) => {
    if (x.args?.includes('answer')) return x.respond(418, 'chosen ' + peers.upstream)
    if (x.args?.includes('last')) return Promise.resolve(peers.list.at(-1))
  },
  begin: (choice, worker) => {
    worker.log('warn', 'begun for ' + choice.name)
    return () => worker.log('warn', 'ended for ' + choice.name)
  },
})
`

test('a plugin chooses upstream and peer for its place, and does something apart from requests', async () => {
  const [a, b, c] = await Promise.all(
    ['a', 'b', 'c'].map((name) => httpOrigin(() => ({ body: name }))),
  )
  const gateway = await startGateway({
    files: { 'choice.ts': PLUGIN },
    yaml: `
worker_processes: 1
plugins: ./choice.ts
http:
  upstream:
    one: { server: "${a?.address}" }
    two: { server: ["${b?.address} weight=9", "${c?.address}"] }
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /: { choice: two, proxy_pass: http://one }
        /plain: { proxy_pass: http://one }
`,
  })
  const ask = async (target: string) => (await get(gateway.port(), target)).text
  expect(await ask('/?a')).toBe('a')
  expect(await ask('/?other')).toBe('b')
  expect(await ask('/?other-last')).toBe('c')
  expect(await ask('/?other-answer')).toBe('chosen two')
  expect(await ask('/plain?other-answer')).toBe('a')
  await gateway.logged(/\[warn\] .*begun for two/)
  expect(gateway.errorLog()).not.toMatch(/ended for two/)
  await gateway.stop()
  expect(gateway.errorLog()).toMatch(/ended for two/)
})

import { expect, test } from 'vitest'
import { runCommand } from '../harness/command.ts'
import { httpOrigin } from '../harness/http-origin.ts'
import type { PackageOptions } from '../harness/plugin-package.ts'
import { pluginSite, type Site, siteIn } from '../harness/plugin-site.ts'
import { get } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'

/** A plugin that does what its directive names. */
const reaching = (gateway: object): PackageOptions => ({
  gateway: { isolation: 'either', ...gateway },
  files: {
    'plugin.ts': `import { definePlugin, type Exchange, text } from 'gateway/plugin'
import { shout } from './shout.ts'

const decoder = new TextDecoder()

async function inside(x: Exchange, target: string): Promise<string> {
  const asked = x.subrequest(target)
  const head = await asked.answered
  let body = ''
  await asked.pour({ data: (chunk) => void (body += decoder.decode(chunk)) })
  return head?.status + ' ' + head?.type + ' ' + body
}

const WAYS: Record<string, (x: Exchange, about: string) => string | Promise<string>> = {
  plain: (x, about) => shout(x.method + about),
  env: (_, about) => String(process.env[about]),
  net: async (_, about) => (await fetch('http://' + about + '/')).text(),
  subrequest: inside,
}

export default definePlugin({
  name: 'hello',
  doc: 'Answers.',
  directives: {
    hello: text({ in: ['location'], default: '', doc: 'What is answered.', claims: 'content' }),
  },
  async content(x, { hello }) {
    const [way = '', about = ''] = hello.split('|')
    try {
      return x.respond(200, (await WAYS[way]?.(x, about)) ?? 'no such way')
    } catch (error) {
      return x.respond(403, (error as Error).message)
    }
  },
})
`,
    'shout.ts': 'export const shout = (text: string): string => text.toUpperCase()',
  },
})

async function installed(site: Site, options: PackageOptions): Promise<void> {
  const { code, stderr } = await site.plugin('install', '--yes', site.folder('hello', options))
  expect(code, stderr).toBe(0)
}

const locations = (origin: string) => `
      location:
        = /plain: { hello: 'plain|!ab' }
        = /env: { hello: 'env|GATEWAY_GIVEN' }
        = /env-other: { hello: 'env|GATEWAY_SECRET' }
        = /net: { hello: 'net|${origin}' }
        = /net-other: { hello: 'net|127.0.0.1:1' }
        = /subrequest: { hello: 'subrequest|/inner?a' }
        /inner: { return: '200 "$args"' }`

const yamlFor = (origin: string) => `
env: [GATEWAY_GIVEN=given, GATEWAY_SECRET=secret]
%%PLUGINS%%
http:
  server:
    - listen: 127.0.0.1:%%PORT%%${locations(origin)}
`

const PATHS = ['plain', 'env', 'env-other', 'net', 'net-other', 'subrequest'] as const

async function answersOf(gateway: Awaited<ReturnType<typeof startGateway>>) {
  const answers = []
  for (const path of PATHS) {
    const { status, text, headers } = await get(gateway.port(), `/${path}`)
    answers.push([path, status, text, headers.get('content-type'), headers.get('content-length')])
  }
  return answers
}

test('the same installed bundle answers the same bytes natively and in the sandbox', async () => {
  const origin = await httpOrigin(() => ({ body: 'from outside' }))
  const gateway = await startGateway({ yaml: 'http: {}' })
  const site = siteIn(gateway.workspace)
  const permissions = {
    env: ['GATEWAY_GIVEN', 'GATEWAY_SECRET'],
    net: [origin.address, '127.0.0.1:1'],
    subrequest: true,
  }
  await installed(site, reaching({ permissions }))
  const yaml = yamlFor(origin.address)
  await gateway.configure(yaml.replace('%%PLUGINS%%', ''))
  await gateway.reload()
  const natively = await answersOf(gateway)
  expect(natively.map(([, status]) => status)).toEqual([200, 200, 200, 200, 403, 200])
  const use = 'plugins: [{ use: hello, isolation: sandbox }]'
  await gateway.configure(yaml.replace('%%PLUGINS%%', use))
  await gateway.reload()
  const apart = await answersOf(gateway)
  // Whom nobody answers, each fetch words in its own way.
  const comparable = (answers: typeof natively) => answers.filter(([path]) => path !== 'net-other')
  expect(comparable(apart)).toEqual(comparable(natively))
  expect(apart[5]).toEqual(['subrequest', 200, '200 text/plain a', 'text/plain', '16'])
})

test('what was not granted is refused in the sandbox, with the name of the permission', async () => {
  const origin = await httpOrigin(() => ({ body: 'from outside' }))
  const gateway = await startGateway({ yaml: 'http: {}' })
  const site = siteIn(gateway.workspace)
  await installed(
    site,
    reaching({ permissions: { env: ['GATEWAY_GIVEN'], net: ['api.example.com'] } }),
  )
  const use = 'plugins: [{ use: hello, isolation: sandbox }]'
  await gateway.configure(yamlFor(origin.address).replace('%%PLUGINS%%', use))
  await gateway.reload()
  const answers = await answersOf(gateway)
  expect(answers.map(([path, status, text]) => [path, status, text])).toEqual([
    ['plain', 200, 'GET!AB'],
    ['env', 200, 'given'],
    ['env-other', 403, 'process.env.GATEWAY_SECRET: permission "env" is not granted for it'],
    ['net', 403, 'fetch: permission "net" is not granted for this host'],
    ['net-other', 403, 'fetch: permission "net" is not granted for this host'],
    ['subrequest', 403, 'x.subrequest: permission "subrequest" is not granted'],
  ])
  await gateway.logged(/egress_denied/)
})

test('the manifest decides where a plugin may run', async () => {
  const site = pluginSite()
  await installed(site, { gateway: { isolation: 'sandbox' } })
  const configure = async (isolation: string) => {
    site.workspace.write('gateway.yaml', `plugins: [{ use: hello${isolation} }]\nhttp: {}\n`)
    return runCommand(['-t'], { cwd: site.dir })
  }
  expect((await configure('')).code).toBe(0)
  expect((await configure(', isolation: native')).stderr).toMatch(
    /gateway\.yaml:1:\d+: plugin "hello" is made for a sandbox alone; write "isolation: sandbox"/,
  )
  await installed(site, { version: '1.1.0' })
  expect((await configure(', isolation: sandbox')).stderr).toMatch(
    /gateway\.yaml:1:\d+: plugin "hello" is made to run natively alone \("gateway\.isolation"/,
  )
})

test('a start refuses a bundle for the sandbox that is not the locked one', async () => {
  const site = pluginSite()
  await installed(site, { gateway: { isolation: 'sandbox' } })
  const [home = ''] = site.stored()
  site.workspace.write(`.gateway/plugins/${home}/plugin.mjs`, 'export default {}')
  const { code, stderr } = await runCommand(['-t'], { cwd: site.dir })
  expect([code, stderr]).toEqual([1, expect.stringContaining('is not the one of gateway.lock')])
})

test.each([
  [
    'a module of Node',
    "import { readFileSync } from 'node:fs'\nexport const a = () => readFileSync('x')",
    { fs: ['x'] },
    /package\/plugin\.ts:2:\d+: node:fs is not there: scripts have no file system/,
  ],
  [
    'what only the API of a native plugin has',
    "import { forward } from 'gateway/plugin'\nexport const a = () => forward",
    {},
    /package\/plugin\.ts:3:\d+: "forward" of gateway\/plugin is not there in the sandbox: a record asks/,
  ],
  [
    'a file beside it',
    'export const a = import.meta.url',
    {},
    /package\/plugin\.ts:2:\d+: import\.meta tells of no file/,
  ],
  [
    'a global that is not there',
    'export const a = Buffer.from([1])',
    {},
    /Buffer.*\n.*package\/plugin\.ts:2/,
  ],
])(
  'a plugin that needs %s is refused, with the line that needs it',
  async (_, code, permissions, said) => {
    const site = pluginSite()
    const gateway = { isolation: 'sandbox', permissions }
    const folder = site.folder('hello', { code, gateway })
    const result = await site.plugin('install', '--yes', folder)
    expect([result.code, site.lock()]).toEqual([1, ''])
    expect(result.stderr).toMatch(said)
  },
)

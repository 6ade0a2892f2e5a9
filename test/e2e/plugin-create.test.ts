import { spawn } from 'node:child_process'
import { once as happened } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { KIND_NAMES, type KindName, PROJECT_KINDS } from '../../src/packages/project/kinds.ts'
import { COMMAND, ensureBuilt } from '../harness/build.ts'
import { onCleanup } from '../harness/cleanup.ts'
import { type CommandResult, runCommand } from '../harness/command.ts'
import { pluginPackage } from '../harness/plugin-package.ts'
import { pluginSite } from '../harness/plugin-site.ts'
import { once, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { Workspace } from '../harness/workspace.ts'

/** Nothing may be fetched: there is no registry, and npm would not ask it. */
const OFFLINE = { npm_config_offline: 'true', npm_config_registry: 'http://127.0.0.1:1/' }

const workspace = new Workspace('create')
onCleanup(() => workspace.remove())

const plugin = (...words: readonly string[]): Promise<CommandResult> =>
  runCommand(['plugin', ...words], { cwd: workspace.dir, env: OFFLINE })

/** One that is portable, one that is native alone, and the one that is no package. */
const TESTED: readonly KindName[] = ['variable', 'protocol', 'script']
/** Each command is a process of its own, and some start gateways: on a busy machine they wait. */
const PATIENCE = 120_000

/** Does something for kinds of projects, two at a time. */
async function sideBySide(
  of: readonly KindName[],
  work: (kind: KindName) => Promise<void>,
): Promise<void> {
  const kinds = of.values()
  const lane = async () => {
    for (const kind of kinds) await work(kind)
  }
  await Promise.all([lane(), lane()])
}

describe('a project of every kind', () => {
  const created = new Map<string, CommandResult>()

  beforeAll(async () => {
    await ensureBuilt()
    await sideBySide(KIND_NAMES, async (kind) => {
      created.set(kind, await plugin('create', `my-${kind}`, '--kind', kind))
    })
  }, PATIENCE)

  test('is created whole', () => {
    for (const kind of KIND_NAMES) {
      expect(created.get(kind)).toMatchObject({ code: 0, stderr: '' })
      const files = ['README.md', 'gateway.yaml', 'package.json', 'plugin.test.ts', 'plugin.ts']
      const folder = workspace.path(`my-${kind}`)
      expect(readdirSync(folder)).toEqual(expect.arrayContaining([...files, 'tsconfig.json']))
      expect(workspace.read(`my-${kind}/.gitignore`)).toContain('.gateway/')
      const [line = ''] = workspace.read(`my-${kind}/gateway.yaml`).split('\n')
      const schema = join(folder, line.replace('# yaml-language-server: $schema=', ''))
      const word = kind === 'script' || kind === 'variable' ? 'script' : `my_${kind}`
      expect(readFileSync(schema, 'utf8')).toContain(`"${word}"`)
    }
    expect(readdirSync(workspace.dir).filter((name) => name.startsWith('.'))).toEqual([])
  })

  test(
    'passes its tests',
    async () => {
      const told = await tested('.')
      const files = told.tests.map(({ file }) => file)
      expect([...new Set(files)]).toEqual(
        KIND_NAMES.map((kind) => `my-${kind}/plugin.test.ts`).sort(),
      )
    },
    PATIENCE,
  )

  test(
    'passes its test data, natively and where it is portable in the sandbox',
    async () => {
      await sideBySide(TESTED, async (kind) => {
        const { tests } = await tested(`my-${kind}`)
        const places = new Set(tests.map(({ isolation }) => isolation ?? 'own'))
        const { isolation } = PROJECT_KINDS[kind]
        const portable = isolation === 'either' ? ['sandbox'] : []
        expect([...places].sort(), kind).toEqual(
          isolation === 'script' ? ['own'] : ['native', 'own', ...portable],
        )
      })
    },
    PATIENCE,
  )

  test('answers what it says to ask', async () => {
    const gateway = await startGateway({ yaml: together() })
    const answers = KIND_NAMES.map(async (kind) => {
      const { target, headers } = asked(created.get(kind)?.stdout ?? '')
      const text = request(`GET ${target}`, { ...headers, Host: `my-${kind}` })
      return [kind, (await once(gateway.port(), text)).text]
    })
    expect(Object.fromEntries(await Promise.all(answers))).toEqual({
      handler: 'hello /hello/ann\n',
      filter: 'hello\nbye\n',
      balancer: expect.stringMatching(/^(?:first|second)\n$/),
      access: 'the treasure\n',
      variable: 'you are on mobile\n',
      protocol: 'hello',
      script: '{"hello":"ann","from":"my-script"}',
    })
  })
})

test('the kind is asked for on a terminal, and named elsewhere', async () => {
  const refused = await plugin('create', 'quiet')
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('handler, filter,')])
  const command = `${process.execPath} ${COMMAND} plugin create asked`
  const child = spawn('script', ['-qfec', command, '/dev/null'], { cwd: workspace.dir })
  onCleanup(() => void child.kill('SIGKILL'))
  child.stdout.on('data', (text) => {
    if (String(text).includes('Which kind?')) child.stdin.write('variable\r')
  })
  await happened(child, 'exit')
  expect(workspace.read('asked/package.json')).toContain('defines a variable')
})

test('what would not work is refused, and nothing is left of it', async () => {
  workspace.write('full/file', 'mine')
  for (const [name, kind, reason] of [
    ['full', 'access', 'is not an empty folder; nothing was written'],
    ['gzip', 'access', '(plugin "gzip/plugin.ts" is named "gzip", as is a built-in plugin)'],
    ['root', 'access', 'defines "root" in scope http, which the kernel defines'],
    ['remote_addr', 'variable', 'variable "$remote_addr", which the gateway itself has'],
    ['http_x', 'variable', 'variable "$http_x", which the gateway itself has'],
    ['Loud', 'access', '"Loud" is no name of a package'],
  ] as const) {
    const before = readdirSync(workspace.dir)
    const { code, stderr } = await plugin('create', name, '--kind', kind)
    expect([code, stderr]).toEqual([1, expect.stringContaining(reason)])
    expect(readdirSync(workspace.dir)).toEqual(before)
  }
  expect(readdirSync(workspace.path('full'))).toEqual(['file'])
})

test('tests that fail are told, and end the command with 1', async () => {
  const files = {
    'package.json': pluginPackage({ gateway: { testData: 'data.json' } })['package.json'] ?? '',
    'plugin.ts': pluginPackage()['plugin.ts'] ?? '',
    'data.json': JSON.stringify([
      {
        name: 'greets',
        configuration: { server: { location: { '/': { hello: 'Ann' } } } },
        request: { target: '/' },
        answer: { status: 200, body: 'bye' },
      },
    ]),
    'one.test.ts': `import { test } from 'node:test'
import { underTest } from 'gateway/testing'
import plugin from './plugin.ts'
test('works', async () => void (await underTest(plugin, { directives: { hello: 'Bob' } }).request()))
test('fails', () => { throw new Error('of plugin.ts') })
test.skip('later', () => {})
`,
    'two.test.ts': 'throw new Error("at once")',
  }
  for (const [name, text] of Object.entries(files)) workspace.write(`failing/${name}`, text)
  const { code, stdout } = await plugin('test', './failing')
  expect(code).toBe(1)
  expect(stdout.replace(/\n {8}.*/g, (line) => (/Error: |body/.test(line) ? line : ''))).toBe(
    `failing/one.test.ts
  ok    works
  FAIL  fails
        Error: of plugin.ts
  skip  later

failing/two.test.ts
  FAIL  loads
        Error: at once

failing/data.json, native
  FAIL  greets
        has the body "hello 1.0.0: Ann", and not "bye"

1 passed, 3 failed, 1 skipped
`,
  )
  workspace.write('bare/plugin.ts', '')
  const none = await plugin('test', 'bare')
  expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('has no tests')])
})

test('the schema beside a configuration is that of what is installed', async () => {
  const site = pluginSite()
  const schema = () => site.workspace.read('.gateway/schema.json')
  await site.plugin('install', '--yes', site.folder('hello'))
  expect(schema()).toContain('"hello"')
  expect((await site.plugin('verify')).stderr).toBe('')
  site.workspace.write('.gateway/schema.json', '{}')
  expect(await site.plugin('verify')).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('"gateway schema > .gateway/schema.json" writes it anew'),
  })
  await site.plugin('remove', 'hello')
  expect(schema()).toContain('"location"')
  expect(schema()).not.toContain('"hello"')
})

/** What `gateway plugin test` tells of a folder, none of whose tests fails. */
async function tested(folder: string) {
  const { code, stdout } = await plugin('test', '--json', folder)
  const told = JSON.parse(stdout) as { tests: readonly Readonly<Record<string, string>>[] }
  expect([code, told], stdout).toMatchObject([0, { failed: 0, passed: told.tests.length }])
  return told
}

/** The configurations of all kinds as one, whose servers differ by name. */
function together(): string {
  const all = KIND_NAMES.map((kind, i) => {
    const { plugins = [], http } = parse(workspace.read(`my-${kind}/gateway.yaml`))
    const [first, ...others] = http.server
    const named = { ...first, listen: '127.0.0.1:%%PORT%%', server_name: `my-${kind}` }
    const own = { plugins: [plugins].flat(), upstream: http.upstream, server: [named, ...others] }
    const text = JSON.stringify(own).replaceAll('"./', `"${workspace.path(`my-${kind}`)}/`)
    // Each has these ports for itself.
    return JSON.parse(text.replace(/:808([12])\b/g, `:%%PORT_${i}$1%%`))
  })
  const http = {
    upstream: Object.assign({}, ...all.map(({ upstream }) => upstream)),
    server: all.flatMap(({ server }) => server),
  }
  const whole = { plugins: all.flatMap(({ plugins }) => plugins), http }
  return stringify(whole).replace(/\b6390\b/g, '%%PORT_99%%')
}

/** Target and fields of the command that the last line tells to type. */
function asked(stdout: string): { target: string; headers: Record<string, string> } {
  const line = stdout.trimEnd().split('\n').at(-1) ?? ''
  const [, target = ''] = /http:\/\/127\.0\.0\.1:8080(\/\S*)/.exec(line) ?? []
  const [, name = '', value = ''] = /-H '([^:]+): ([^']+)'/.exec(line) ?? []
  const [, agent] = /-A (\S+)/.exec(line) ?? []
  return { target, headers: name ? { [name]: value } : agent ? { 'User-Agent': agent } : {} }
}

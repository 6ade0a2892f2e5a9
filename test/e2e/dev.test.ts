import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { COMMAND, ensureBuilt } from '../harness/build.ts'
import { onCleanup } from '../harness/cleanup.ts'
import { freePort } from '../harness/ports.ts'
import { once as ask, GET, get } from '../harness/raw-client.ts'
import { until } from '../harness/wait.ts'
import { Workspace } from '../harness/workspace.ts'
import { Visitors } from '../soak/visitors.ts'

const PLUGIN = (greeting: string) => `
import { definePlugin, text } from 'gateway/plugin'
import { greet } from './lib/greet.ts'
export default definePlugin({
  name: 'greeter',
  directives: { greeter: text({ in: ['location'], default: '', doc: 'Whom to greet.' }) },
  prepare: ({ greeter }) => greeter || undefined,
  content: (x, who) => {
    if (x.args === 'fail') throw new Error('on <purpose>')
    return x.respond(200, greet('${greeting}', who))
  },
  filters: {
    edit: (x, next) => {
      if (x.args === 'filter') throw new Error('in a filter')
      return next
    },
  },
})
`
const GREET = (mark: string) => `
export function greet(greeting: string, who: string): string {
  return greeting + ' ' + who + '${mark}'
}
`
const YAML = (port: number, content = 'return: 200 served') => `
plugins: [./greeter.ts]
http:
  server:
    - listen: 127.0.0.1:${port}
      server_name: dev.example
      location:
        /: { ${content} }
        /greet: { greeter: world }
        /copied: { mirror: /greet, greeter: copied }
        /file: { root: files, gzip: on, gzip_types: text/plain, gzip_min_length: 0 }
`

/** A folder under `gateway dev`, and what it says. */
async function develop(files: Readonly<Record<string, string>>, ...words: readonly string[]) {
  await ensureBuilt()
  const workspace = new Workspace('dev')
  onCleanup(() => workspace.remove())
  for (const [name, text] of Object.entries(files)) workspace.write(name, text)
  const child = spawn(process.execPath, [COMMAND, 'dev', ...words], {
    cwd: workspace.dir,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = once(child, 'exit')
  onCleanup(async () => {
    child.kill('SIGKILL')
    await exited
  })
  const heard = { shown: '', said: '' }
  child.stdout.on('data', (text) => {
    heard.shown += text
  })
  child.stderr.on('data', (text) => {
    heard.said += text
  })
  return {
    heard,
    /** Saves a file, and waits until something is said of it. */
    async save(name: string, text: string, word: string | RegExp = 'live after') {
      const from = heard.said.length
      workspace.write(name, text)
      await until(`"${word}" of ${name}`, () => heard.said.slice(from).match(word) !== null)
    },
    said: (word: string) => until(`"${word}"`, () => heard.said.includes(word)),
    async stop() {
      child.kill('SIGINT')
      const [code] = await exited
      return code
    },
  }
}

test('what is saved is live, and nothing is dropped meanwhile', async () => {
  const port = await freePort()
  const { save, said, stop } = await develop({
    'gateway.yaml': YAML(port),
    'greeter.ts': PLUGIN('hello'),
    'lib/greet.ts': GREET(''),
  })
  await said('serving http://127.0.0.1:')
  const visitors = new Visitors(port, 4)
  for (let i = 0; i < 5; i++) {
    await save('gateway.yaml', YAML(port, `return: 200 ${i}`))
    expect((await get(port, '/')).text).toBe(`${i}`)
    await save('greeter.ts', PLUGIN(`hello ${i}`))
    expect((await get(port, '/greet')).text).toContain(`hello ${i} world`)
    await save('lib/greet.ts', GREET(` ${i}`))
    expect((await get(port, '/greet')).text).toBe(`hello ${i} world ${i}`)
  }
  const { answered, losses } = await visitors.leave()
  expect(losses).toEqual([])
  expect(answered).toBeGreaterThan(100)
  expect(await stop()).toBe(0)
})

test('what is wrong is told in the terminal and to the client, until it is mended', async () => {
  const port = await freePort()
  const { heard, save, said } = await develop({
    'gateway.yaml': YAML(port),
    'greeter.ts': PLUGIN('hello'),
    'lib/greet.ts': GREET(''),
  })
  await said('serving')
  await save('gateway.yaml', YAML(port, 'retrun: 200 <b>'), 'unknown directive')
  expect(heard.said).toContain('hint: did you mean "return"?')
  const text = await get(port, '/')
  expect([text.status, text.headers.get('content-type')]).toEqual([
    500,
    'text/plain; charset=utf-8',
  ])
  expect(text.text).toContain('gateway.yaml:8:14: unknown directive "retrun"')
  const page = await ask(port, GET('/greet', { Accept: 'text/html', Connection: 'close' }))
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(page.text).toContain('/: { retrun: 200 &lt;b&gt; }')
  await save('gateway.yaml', YAML(port))
  expect((await get(port, '/')).text).toBe('served')

  await save('lib/greet.ts', 'export const greet = (', 'Unexpected end of file')
  expect((await get(port, '/')).text).toContain('lib/greet.ts:1:22')
  await save('lib/greet.ts', GREET('!'))
  expect((await get(port, '/greet')).text).toBe('hello world!')
})

test('a plugin that throws answers with its line', async () => {
  const port = await freePort()
  const { heard, said } = await develop({
    'gateway.yaml': YAML(port),
    'greeter.ts': PLUGIN('hello'),
    'lib/greet.ts': GREET(''),
  })
  await said('serving')
  const { status, text } = await get(port, '/greet?fail')
  expect(status).toBe(500)
  expect(text).toContain('Plugin "greeter" failed')
  expect(text).toContain("9 |     if (x.args === 'fail') throw new Error('on <purpose>')")
  expect(heard.said).toContain('plugin "greeter" failed\nError: on <purpose>')
  await until('the request', () => heard.shown.includes('/greet?fail'))
  expect(heard.shown).toMatch(/^GET \/greet\?fail → 500 .* location \/greet\n/m)
  expect(heard.shown).toMatch(/^ {2}content +greeter +failed +[\d.]+ [µm]s$/m)
  expect(heard.shown).toMatch(/^ {2}slice +range +passes +[\d.]+ [µm]s$/m)
  // What the gateway called is nobody's business here.
  expect(heard.said).not.toContain('dist/')
  const filtered = await get(port, '/greet?filter')
  expect([filtered.status, filtered.text]).toEqual([
    500,
    expect.stringMatching(/^Plugin "greeter" failed\n\nError: in a filter\n/),
  ])
  expect(heard.said.split('in a filter\n')).toHaveLength(2)
  expect((await get(port, '/greet')).status).toBe(200)
})

test('a configuration that is broken from the start is waited for', async () => {
  const port = await freePort()
  const { save, said } = await develop({
    'gateway.yaml': YAML(port).replace('http:', 'htp:'),
    'greeter.ts': PLUGIN('hello'),
    'lib/greet.ts': GREET(''),
  })
  await said('nothing is served yet')
  await save('gateway.yaml', YAML(port), 'serving')
  expect((await get(port, '/greet')).text).toBe('hello world')
})

test('each request is told with all that was done for it', async () => {
  const port = await freePort()
  const files = {
    'gateway.yaml': YAML(port),
    'greeter.ts': PLUGIN('hello'),
    'lib/greet.ts': GREET(''),
    'files/file/a.txt': 'a'.repeat(100),
  }
  const { heard, said } = await develop(files, '--json')
  await said('serving')
  await ask(port, GET('/file/a.txt', { 'Accept-Encoding': 'gzip', Connection: 'close' }))
  await get(port, '/copied')
  await until('two lines', () => heard.shown.split('\n').length === 3)
  const [file, copied] = heard.shown
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const deeds = file.deeds.map(({ at, plugin, did }: Record<string, unknown>) =>
    [at, plugin, did].join(' '),
  )
  expect(deeds).toContain('content static done')
  expect(deeds).toContain('encode gzip takes the body')
  expect(deeds.indexOf('content static done')).toBeLessThan(
    deeds.indexOf('encode gzip takes the body'),
  )
  for (const { busy } of file.deeds) expect(busy).toBeGreaterThanOrEqual(0)
  expect(file).toMatchObject({
    method: 'GET',
    target: '/file/a.txt',
    status: 200,
    type: 'text/plain',
    server: 'dev.example',
    location: '/file',
  })
  expect(copied).toMatchObject({ status: 200, inner: [{ target: '/greet' }] })
})

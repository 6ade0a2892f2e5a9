import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { COMMAND, ensureBuilt } from '../harness/build.ts'
import { onCleanup } from '../harness/cleanup.ts'
import { runCommand } from '../harness/command.ts'
import { freePort } from '../harness/ports.ts'
import { get } from '../harness/raw-client.ts'
import { until } from '../harness/wait.ts'
import { Workspace } from '../harness/workspace.ts'

function folder(files: Readonly<Record<string, string>>): Workspace {
  const workspace = new Workspace('one-liner')
  onCleanup(() => workspace.remove())
  for (const [name, text] of Object.entries(files)) workspace.write(name, text)
  return workspace
}

/** Starts a command that serves, and waits until it does; returns what it printed. */
async function start(words: readonly string[], cwd: string, port: number) {
  await ensureBuilt()
  // A file, as a shell would redirect to: what spawn calls a pipe is a socket nobody can open.
  const file = join(cwd, `printed-${port}`)
  const fd = openSync(file, 'a')
  const child = spawn(process.execPath, [COMMAND, ...words], { cwd, stdio: ['ignore', fd, fd] })
  closeSync(fd)
  const exited = once(child, 'exit')
  onCleanup(async () => {
    if (child.exitCode !== null) return
    child.kill('SIGKILL')
    await exited
  })
  // Written when every worker accepts.
  const pid = join(tmpdir(), `gateway-${child.pid}.pid`)
  await until('the pid file', () => existsSync(pid))
  const stop = async () => {
    child.kill('SIGINT')
    const [code] = await exited
    return { code, left: existsSync(pid) }
  }
  return { printed: () => readFileSync(file, 'utf8'), stop }
}

test('serve serves a folder, logs to the terminal and leaves nothing behind', async () => {
  const { dir } = folder({ 'site/index.html': '<p>here</p>', 'site/a b.txt': 'spaced' })
  const port = await freePort()
  const { printed, stop } = await start(['serve', 'site', `${port}`], dir, port)
  expect((await get(port, '/')).text).toBe('<p>here</p>')
  expect((await get(port, '/a%20b.txt')).text).toBe('spaced')
  expect((await get(port, '/none')).status).toBe(404)
  await until('a line of the log', () => printed().includes('"GET /none HTTP/1.1" 404'))
  expect(printed()).toContain(`gateway: serving ${dir}/site on http://127.0.0.1:${port}`)
  expect(await stop()).toEqual({ code: 0, left: false })
  expect(existsSync(join(dir, 'gateway.pid'))).toBe(false)
})

test('proxy passes everything on, with the names the client used', async () => {
  const { dir } = folder({ 'origin/index.html': 'from the origin' })
  const [port, origin] = [await freePort(), await freePort()]
  await start(['serve', 'origin', `127.0.0.1:${origin}`], dir, origin)
  const { stop } = await start(['proxy', `${port}`, `http://127.0.0.1:${origin}`], dir, port)
  expect((await get(port, '/')).text).toBe('from the origin')
  expect(await stop()).toEqual({ code: 0, left: false })
})

test.each([
  [['serve', 'nowhere'], 'nowhere" is not a folder'],
  [['serve', '.', 'x y'], '"x y" is no address'],
  [['proxy', '8080'], "missing required argument 'url'"],
  [['proxy', '8080', 'ftp://x'], '"ftp://x" is no URL'],
  [['proxy', '8080', 'http://x/$host'], 'is no URL'],
  [['nonsense'], 'nonsense'],
])('%j is refused with a reason', async (words, reason) => {
  const { dir } = folder({})
  const { code, stderr } = await runCommand(words, { cwd: dir })
  expect(code).toBe(1)
  expect(stderr).toContain(reason)
})

test('init writes a file that is good, with its schema, and overwrites nothing', async () => {
  const { dir } = folder({})
  const first = await runCommand(['init'], { cwd: dir })
  expect([first.code, first.stderr]).toEqual([0, expect.stringContaining('wrote gateway.yaml')])
  const text = readFileSync(join(dir, 'gateway.yaml'), 'utf8')
  expect(text).toMatch(/^# yaml-language-server: \$schema=\.\/\.gateway\/schema\.json\n/)
  expect((await runCommand(['-t'], { cwd: dir })).code).toBe(0)
  const schema = JSON.parse(readFileSync(join(dir, '.gateway/schema.json'), 'utf8'))
  expect(Object.keys(schema.$defs)).toContain('location')
  const second = await runCommand(['init'], { cwd: dir })
  expect([second.code, second.stderr]).toEqual([1, expect.stringContaining('exists already')])
  expect(readFileSync(join(dir, 'gateway.yaml'), 'utf8')).toBe(text)
})

test('schema knows the plugins of the configuration', async () => {
  const plugin = `import { definePlugin, flag } from 'gateway/plugin'
export default definePlugin({
  name: 'own',
  directives: { own_word: flag({ in: ['http'], default: false, doc: 'A word of its own.' }) },
})`
  const { dir } = folder({ 'own.ts': plugin, 'gateway.yaml': 'plugins: ./own.ts\n' })
  const { code, stdout } = await runCommand(['schema'], { cwd: dir })
  expect(code).toBe(0)
  expect(stdout).toContain('A word of its own.')
  expect((await runCommand(['schema'], { cwd: folder({}).dir })).stdout).not.toContain('own_word')
})

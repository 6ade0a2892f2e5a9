import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { COMMAND } from '../harness/build.ts'
import { onCleanup } from '../harness/cleanup.ts'
import { runCommand } from '../harness/command.ts'
import { Workspace } from '../harness/workspace.ts'

/** Each run is a process of its own. */
const PATIENCE = 60_000

const PLAIN = 'http:   {server: [{listen: 8080}]} # one\n'
const FORMATTED = 'http: { server: [{ listen: 8080 }] } # one\n'

function folder(files: Readonly<Record<string, string>>): Workspace {
  const workspace = new Workspace('fmt')
  onCleanup(() => workspace.remove())
  for (const [name, text] of Object.entries(files)) workspace.write(name, text)
  return workspace
}

test('formats the configuration, or the files that are named, in place', {
  timeout: PATIENCE,
}, async () => {
  const files = folder({ 'gateway.yaml': PLAIN, 'a.yaml': PLAIN, 'b.yml': FORMATTED })
  const own = await runCommand(['fmt'], { cwd: files.dir })
  expect(own).toEqual({ code: 0, stdout: '', stderr: 'gateway: formatted gateway.yaml\n' })
  const named = await runCommand(['fmt', 'a.yaml', 'b.yml'], { cwd: files.dir })
  expect(named).toEqual({ code: 0, stdout: '', stderr: 'gateway: formatted a.yaml\n' })
  for (const name of ['gateway.yaml', 'a.yaml', 'b.yml']) expect(files.read(name)).toBe(FORMATTED)
})

test('--check changes nothing, and tells by its exit code', { timeout: PATIENCE }, async () => {
  const files = folder({ 'gateway.yaml': PLAIN, 'good.yaml': FORMATTED })
  const { code, stderr } = await runCommand(['fmt', '--check', 'good.yaml', 'gateway.yaml'], {
    cwd: files.dir,
  })
  expect([code, stderr]).toEqual([1, 'gateway: gateway.yaml is not formatted\n'])
  expect(files.read('gateway.yaml')).toBe(PLAIN)
  const good = await runCommand(['fmt', '--check', 'good.yaml'], { cwd: files.dir })
  expect(good).toEqual({ code: 0, stdout: '', stderr: '' })
})

test('- formats what is written to it', { timeout: PATIENCE }, async () => {
  await runCommand(['-v'])
  const run = (words: readonly string[], input: string) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, 'fmt', ...words], {
      input,
      encoding: 'utf8',
    })
    return [status, stdout, stderr]
  }
  expect(run(['-'], PLAIN)).toEqual([0, FORMATTED, ''])
  expect(run(['-', '--check'], PLAIN)).toEqual([
    1,
    '',
    'gateway: <standard input> is not formatted\n',
  ])
  expect(run(['-'], 'a: [b\nc: d\n')).toEqual([
    1,
    '',
    expect.stringMatching(/^gateway: \[emerg\] <standard input>:2:1: .*\n {2}2 \| c: d\n/),
  ])
})

test('what is wrong is told with its place, and the rest is formatted all the same', {
  timeout: PATIENCE,
}, async () => {
  const bad = 'a: [b\nc: d\n'
  const files = folder({ 'bad.yaml': bad, 'good.yaml': PLAIN, 'x.conf': '' })
  const words = ['fmt', 'bad.yaml', 'none.yaml', 'x.conf', 'good.yaml']
  const { code, stderr } = await runCommand(words, { cwd: files.dir })
  expect(code).toBe(1)
  expect(stderr).toMatch(/^gateway: \[emerg\] .*\/bad\.yaml:2:1: /)
  expect(stderr).toMatch(/cannot read ".*none\.yaml": no such file/)
  expect(stderr).toMatch(/x\.conf" is not YAML/)
  expect([files.read('bad.yaml'), files.read('good.yaml')]).toEqual([bad, FORMATTED])
})

test('what had better not be formatted stays as it is, with a message', {
  timeout: PATIENCE,
}, async () => {
  const json = '{"http":   {}}'
  const files = folder({ 'site.json': json })
  const { code, stderr } = await runCommand(['fmt', 'site.json'], { cwd: files.dir })
  expect([code, stderr]).toEqual([
    0,
    'gateway: [warn] site.json is left as it is: JSON is not formatted\n',
  ])
  expect(files.read('site.json')).toBe(json)
})

test('what init writes is formatted', { timeout: PATIENCE }, async () => {
  const { dir: cwd } = folder({})
  await runCommand(['init'], { cwd })
  expect(await runCommand(['fmt', '--check'], { cwd })).toEqual({ code: 0, stdout: '', stderr: '' })
})

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { compile, readConfig } from '../../../src/config/index.ts'
import variables from '../../../src/plugins/variables/index.ts'
import { MISTAKES } from './mistakes.ts'

// nginx's verdict and words, from the gateway and, where it is installed, from nginx itself.

const DIR = mkdtempSync(join(tmpdir(), 'mistakes-'))
const FILE = join(DIR, 'nginx.conf')
afterAll(() => rmSync(DIR, { recursive: true }))

describe.each(MISTAKES)('%j', (text, message) => {
  const full = text.replaceAll('DIR', DIR)
  const wanted = `nginx: [emerg] ${message.replaceAll('FILE', FILE).replaceAll('DIR', DIR)}`

  test('is told by the gateway', () => {
    writeFileSync(FILE, full)
    expect(firstError()).toBe(wanted)
  })

  test.skipIf(!hasNginx())('is told by nginx', () => {
    writeFileSync(FILE, full)
    const { stderr } = spawnSync(
      'nginx',
      ['-t', '-p', DIR, '-c', FILE, '-e', join(DIR, 'error.log')],
      {
        encoding: 'utf8',
      },
    )
    expect(stderr.split('\n')).toContain(wanted)
  })
})

test("each error is told in nginx's words behind its excerpt", () => {
  writeFileSync(FILE, 'events {}\nfoo bar;\nhttp { a; }\n')
  expect(messageOf().replaceAll(FILE, 'FILE').split('\n')).toEqual([
    'FILE:2:1: unknown directive "foo"',
    '  2 | foo bar;',
    '    | ^',
    'nginx: [emerg] unknown directive "foo" in FILE:2',
    'FILE:3:8: unknown directive "a"',
    '  3 | http { a; }',
    '    |        ^',
    'nginx: [emerg] unknown directive "a" in FILE:3',
  ])
})

test('what is wrong on the command line is told of it', () => {
  writeFileSync(FILE, 'events {}\n')
  expect(firstError('foo bar;')).toBe('nginx: [emerg] unknown directive "foo" in command line')
  expect(firstError('pid x')).toBe(
    'nginx: [emerg] unexpected end of parameter, expecting ";" in command line',
  )
  expect(firstError('events {}')).toBe(
    'nginx: [emerg] block directives are not supported in -g option in command line',
  )
})

function firstError(globals?: string): string | undefined {
  return messageOf(globals)
    .split('\n')
    .find((line) => line.startsWith('nginx:'))
}

function messageOf(globals?: string): string {
  try {
    compile(readConfig(FILE, { prefix: DIR, globals }), [variables])
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

function hasNginx(): boolean {
  try {
    execFileSync('nginx', ['-v'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { constant } from 'gateway/plugin'
import { underTest } from 'gateway/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import plugin from '../../src/plugins/try-files/index.ts'

const root = mkdtempSync(join(tmpdir(), 'try-files-'))

beforeAll(() => {
  writeFileSync(join(root, 'one.txt'), '')
  mkdirSync(join(root, 'folder'))
})
afterAll(() => rmSync(root, { recursive: true }))

const ask = async (try_files: string, target = '/') => {
  const subject = underTest(plugin, {
    directives: { try_files },
    settings: { root: constant(root) },
  })
  return subject.request({ target })
}

describe('try_files', () => {
  it.each([
    ['$uri /one.txt =418', '/none', '/one.txt'],
    ['$uri =418', '/one.txt', '/one.txt'],
    ['$uri/ /one.txt =418', '/folder', '/folder'],
    ['$uri $uri/ =418', '/folder', '/folder'],
  ])('%s for %s goes on with %s', async (words, target, wanted) => {
    expect((await ask(words, target)).x.uri).toBe(wanted)
  })

  it.each([
    ['$uri =418', '/none', 418],
    ['/folder =418', '/', 418],
    ['/one.txt/ =418', '/', 418],
    ['$uri @nowhere', '/none', 500],
    ['$uri $uri', '/none', 500],
  ])('%s for %s ends with %i', async (words, target, wanted) => {
    expect((await ask(words, target)).status).toBe(wanted)
  })

  it('does not follow a variable out of the root', async () => {
    const { status, log } = await ask('/folder/$arg_f =418', '/?f=../one.txt')
    expect(status).toBe(418)
    expect(log).toEqual(['error: try_files: "/folder/../one.txt" would leave the root'])
  })

  it.each(['$uri =abc', '$uri =1000', '$uri'])('refuses "%s"', (try_files) => {
    expect(() => underTest(plugin, { directives: { try_files } })).toThrow(/invalid (code|number)/)
  })
})

import { expect, test } from 'vitest'
import type { ConfigErrors } from '../../src/config/config-errors.ts'
import { makeReady } from '../../src/config/index.ts'
import { ConfigError } from '../../src/kernel/directive/mark.ts'
import { text } from '../../src/kernel/directive/readers.ts'
import { makeReady as makePlanReady } from '../../src/kernel/phase/make-ready.ts'
import { definePlugin } from '../../src/kernel/plugin-record.ts'
import { compileText, readText } from './compile-text.ts'

const CONFIG = `http:
  server:
    - listen: 127.0.0.1:80
      location:
        /a: { slow: one }
        /b: { slow: two }
        /c: {}
`

/** A plugin with one directive, which is made ready by `ready`. */
function slow(ready: (word: string, handed?: string) => Promise<string | undefined>) {
  return definePlugin({
    name: 'slow',
    directives: {
      slow: text({ in: ['location'], default: '', doc: 'What takes its time.' }),
    },
    prepare: ({ slow: word }) => (word === '' ? undefined : { word }),
    ready: ({ word }, handed) => ready(word, handed),
    content: () => 'next',
  })
}

async function errorsOf(
  ready: (word: string) => Promise<string | undefined>,
): Promise<readonly string[]> {
  const compiled = compileText(CONFIG, [slow(ready)])
  try {
    await makeReady(compiled, readText(CONFIG))
    return []
  } catch (error) {
    return (error as ConfigErrors).reasons
  }
}

test('each place a plugin takes part in is made ready, once', async () => {
  const words: string[] = []
  const errors = await errorsOf(async (word) => {
    words.push(word)
    return undefined
  })
  expect(errors).toEqual([])
  expect(words.sort()).toEqual(['one', 'two'])
})

test('all that cannot be made ready is told, where it was written', async () => {
  const errors = await errorsOf(async (word) => {
    if (word === 'one') throw new ConfigError({ file: '/x.ts', line: 3, column: 7 }, 'not this')
    throw new Error('oh')
  })
  expect(errors).toHaveLength(2)
  expect(errors[0]).toBe('/x.ts:3:7: not this')
  expect(errors[1]).toMatch(/^\/conf\/gateway\.yaml:6:9: plugin "slow" failed: Error: oh\n/)
})

test('workers are handed what the master came to, each place its own', async () => {
  const inMaster = compileText(CONFIG, [slow(async (word) => `made of ${word}`)])
  const handed = await makeReady(inMaster, readText(CONFIG))
  const got = new Map<string, string | undefined>()
  const inWorker = compileText(CONFIG, [
    slow(async (word, text) => {
      got.set(word, text)
      return undefined
    }),
  ])
  expect((await makePlanReady({ ...inWorker.plan, handed })).errors).toEqual([])
  expect([...got]).toEqual([
    ['one', 'made of one'],
    ['two', 'made of two'],
  ])
})

test('what is asked for twice is made ready once', async () => {
  let times = 0
  const { plan } = compileText(CONFIG, [slow(async () => `${++times}`)])
  expect((await makePlanReady(plan)).handed).toEqual(['1', '2'])
  expect((await makePlanReady(plan)).handed).toEqual(['1', '2'])
})

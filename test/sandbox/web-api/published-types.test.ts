import { readFileSync } from 'node:fs'
import { runInNewContext } from 'node:vm'
import { globSync } from 'tinyglobby'
import { expect, test } from 'vitest'
import { SCRIPT_GLOBAL } from '../../../sandbox/border/script-global.ts'
import { evaluate } from './harness.ts'

const text = globSync('sandbox/guest/types/**/*.d.ts')
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n')

/** Names of what stands in `{ }` behind a head. */
function membersOf(head: RegExp): readonly string[] {
  const body = new RegExp(`^${head.source}[^{]*\\{\\n(.*?)^\\}`, 'ms').exec(text)?.[1] ?? ''
  const found = body.matchAll(
    /^ {2}(?:private )?(static )?(?:readonly )?(?:\[Symbol\.(\w+)\]|(\w+))[(:<?]/gm,
  )
  return [...found]
    .map(
      ([, isStatic, symbol, name]) =>
        `${isStatic ? 'static ' : ''}${symbol ? `@@${symbol}` : name}`,
    )
    .filter((name) => name !== 'constructor')
}

const classes = [...text.matchAll(/^(?:declare | {2})class (\w+)/gm)].map(
  ([, name]) => name as string,
)
const objects = [...text.matchAll(/^declare const (\w+): \{/gm)].map(([, name]) => name as string)
const functions = [...text.matchAll(/^declare function (\w+)/gm)].map(([, name]) => name as string)

test('every class that is declared is there, with its members', async () => {
  const wanted = classes.map((name) => {
    const mixed = ['Request', 'Response'].includes(name) ? membersOf(/interface Body/) : []
    return [name, [...membersOf(new RegExp(`declare class ${name}\\b`)), ...mixed]] as const
  })
  expect(wanted.find(([name]) => name === 'URL')?.[1]).toContain('static canParse')
  const missing = await evaluate(`
    const symbolOf = (name) => name.startsWith('@@') ? Symbol[name.slice(2)] : name
    return ${JSON.stringify(wanted)}.flatMap(([name, members]) => {
      const Class = globalThis[name]
      if (typeof Class !== 'function') return [name]
      return members.filter((member) => {
        const [place, key] = member.startsWith('static ') ? [Class, member.slice(7)] : [Class.prototype, member]
        return !(symbolOf(key) in place)
      }).map((member) => name + '.' + member)
    })`)
  expect(missing).toEqual([])
})

test('every object and function that is declared is there', async () => {
  const wanted = objects.map((name) => [name, membersOf(new RegExp(`declare const ${name}: `))])
  const missing = await evaluate(`
    const objects = ${JSON.stringify(wanted)}.flatMap(([name, members]) =>
      members.filter((member) => !(member in globalThis[name])).map((member) => name + '.' + member))
    const functions = ${JSON.stringify(functions)}.filter((name) => typeof globalThis[name] !== 'function')
    return [...objects, ...functions]`)
  expect(missing).toEqual([])
})

test('every global of the web API is declared', async () => {
  const there = (await evaluate('return Object.getOwnPropertyNames(globalThis)')) as string[]
  const declared = new Set([...classes, ...objects, ...functions, 'self', ...LANGUAGE])
  expect(there.filter((name) => !declared.has(name))).toEqual([])
})

/** What is no part of the web API: the language's own, and where a bundle leaves its module. */
const LANGUAGE: readonly string[] = [
  ...runInNewContext('Object.getOwnPropertyNames(globalThis)'),
  'Float16Array',
  'InternalError',
  'Iterator',
  SCRIPT_GLOBAL,
]

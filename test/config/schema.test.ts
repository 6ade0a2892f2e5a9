import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { configSchema } from '../../src/config/schema.ts'
import type { Directives } from '../../src/kernel/directive/directive.ts'
import type { AnyPlugin } from '../../src/kernel/plugin-record.ts'
import { BUILT_IN_PLUGINS } from '../../src/plugins/index.ts'
import { testPlugins } from './plugins.ts'

const GOLDEN = fileURLToPath(new URL('golden/', import.meta.url))
const ours = await Promise.all(
  BUILT_IN_PLUGINS.map(async (name) => {
    const module = await import(`../../src/plugins/${name}/index.ts`)
    return module.default as AnyPlugin
  }),
)

function validator(plugins: readonly AnyPlugin[]) {
  return new Ajv2020({ strict: true, allowUnionTypes: true }).compile(configSchema(plugins))
}

/** Plain YAML has no key that begins with an @ and is not quoted; the gateway takes it. */
function asEditorsRead(text: string): unknown {
  return parse(text.replace(/(^|\s)(@[\w-]+):/gm, '$1"$2":'), { uniqueKeys: false })
}

/** Files with a plan: configurations that are good. */
function goodFiles(folder: string): string[] {
  return readdirSync(folder).filter(
    (name) => name.endsWith('.yaml') && existsSync(folder + name.replace('.yaml', '.plan')),
  )
}

describe.each([
  [GOLDEN, testPlugins],
  [`${GOLDEN}built-in/`, ours],
] as const)('%s', (folder, plugins) => {
  const validate = validator(plugins)

  test.each(goodFiles(folder))('%s, which is good, is valid', (name) => {
    const ok = validate(asEditorsRead(readFileSync(folder + name, 'utf8')))
    expect(validate.errors ?? []).toEqual([])
    expect(ok).toBe(true)
  })
})

describe('what is wrong is not valid:', () => {
  const validate = validator(ours)

  test.each([
    ['an unknown word', { nonsense: 'on' }],
    ['a word in the wrong scope', { http: { worker_processes: 2 } }],
    ['a flag that is neither', { http: { gzip: 'maybe' } }],
    ['no word of an enum', { http: { satisfy: 'some' } }],
    ['no size', { http: { client_max_body_size: 'large' } }],
    ['no time', { http: { send_timeout: 'soon' } }],
    ['a location without its URI', { http: { server: { location: 'x' } } }],
    ['an unknown word deep inside', { http: { server: [{ location: { '/': { rot: 'x' } } }] } }],
  ])('%s', (_, value) => {
    expect(validate(value)).toBe(false)
  })
})

test('every directive tells editors what it does', () => {
  const text = JSON.stringify(configSchema(ours))
  for (const { directives = {} } of ours) {
    for (const { doc } of Object.values(directives as Directives))
      expect(text).toContain(JSON.stringify(doc))
  }
})

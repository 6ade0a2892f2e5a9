import { expect, test } from 'vitest'
import { printPlan } from '../../src/config/print-plan.ts'
import { flag } from '../../src/kernel/directive/readers.ts'
import { STAGES } from '../../src/kernel/filter/stage.ts'
import { PHASES } from '../../src/kernel/phase/verdict.ts'
import type { AnyPlugin } from '../../src/kernel/plugin-record.ts'
import { compileText, FILE } from './compile-text.ts'
import { testPlugins } from './plugins.ts'

const CHECKPOINTS: readonly string[] = ['findConfig', 'postRewrite', 'postAccess']

/** A plugin that takes part in every phase and stage, wherever its directive is `on`. */
function busy(name: string, word: string): AnyPlugin {
  const handlers = PHASES.filter((phase) => !CHECKPOINTS.includes(phase)).map((phase) => {
    return [phase, () => 'next']
  })
  const filters = STAGES.map((stage) => [stage, (_: unknown, next: unknown) => next])
  const scopes = ['http', 'server', 'location'] as const
  return {
    name,
    directives: { [word]: flag({ in: scopes, default: false, doc: 'Takes part.' }) },
    prepare: ({ [word]: on }: Readonly<Record<string, unknown>>) => on || undefined,
    ...Object.fromEntries(handlers),
    filters: Object.fromEntries(filters),
  } as AnyPlugin
}

const MANY = Array.from({ length: 200 }, (_, i) => busy(`busy-${i}`, `busy_${i}`))

const yaml = (location: string) => `
http:
  upstream: { two: { server: [127.0.0.1:1, 127.0.0.1:2] } }
  server:
    - listen: 127.0.0.1:80
      server_name: one.example
      location:
        /: { proxy_pass: http://two }
        /other/: { ${location} }
    - { listen: 127.0.0.1:80, server_name: two.example }
`

function planOf(location: string, plugins: readonly AnyPlugin[]): string {
  return printPlan(compileText(yaml(location), plugins), FILE)
}

test('200 plugins that a configuration does not use add nothing to any of its plans', () => {
  const plain = 'proxy_pass: http://two'
  expect(planOf(plain, [...testPlugins, ...MANY])).toBe(planOf(plain, testPlugins))
})

test('one that is used in a location is in the plan of that one alone', () => {
  const location = 'proxy_pass: http://two, busy_7: on'
  const used = planOf(location, [...testPlugins, ...MANY])
  expect(used).toBe(planOf(location, [...testPlugins, ...MANY.slice(7, 8)]))
  expect(used).not.toContain('busy-8')
  const places = used.split(/(?=^ *(?:location|server) )/m)
  expect(places.filter((each) => each.includes('busy-7'))).toEqual([
    expect.stringMatching(/^ *location \/other\/ .*access: busy-7.*filter edit: busy-7/s),
  ])
})

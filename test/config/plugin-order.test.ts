import { describe, expect, test } from 'vitest'
import { OrderFault, PluginOrder } from '../../src/config/plugin-order.ts'
import { type AnyPlugin, definePlugin, type OrderRules } from '../../src/kernel/plugin-record.ts'
import { compileText, errorsIn } from './compile-text.ts'

type Rules = readonly [name: string, order?: OrderRules]

const plugins = (...all: readonly Rules[]): AnyPlugin[] =>
  all.map(([name, order]) => (order ? { name, order } : { name }))

function ordered(point: 'access' | 'edit', ...all: readonly Rules[]): string {
  const list = plugins(...all)
  const members = list.map((plugin) => ({ plugin }))
  return new PluginOrder(list)
    .at(point, members)
    .map(({ plugin }) => plugin.name)
    .join(' ')
}

describe('the order within a phase', () => {
  test('is that of the list where nobody asks for another', () => {
    expect(ordered('access', ['a'], ['b'], ['c'])).toBe('a b c')
    expect(ordered('access', ['a'], ['b'], ['c', { edit: ['before:a'] }])).toBe('a b c')
  })

  test('moves who asks, as little as it asks, and nobody else', () => {
    expect(ordered('access', ['a'], ['b'], ['c'], ['d', { access: ['before:b'] }])).toBe('a d b c')
    expect(ordered('access', ['a', { access: ['after:c'] }], ['b'], ['c'], ['d'])).toBe('b c a d')
    expect(ordered('access', ['a'], ['b', { access: ['after:a'] }], ['c'])).toBe('a b c')
  })

  test('follows rules on rules', () => {
    const x: Rules = ['x', { access: ['before:y'] }]
    const y: Rules = ['y', { access: ['before:b'] }]
    expect(ordered('access', ['a'], ['b'], x, y)).toBe('a x y b')
    expect(ordered('access', ['a'], ['b'], y, x)).toBe('a x y b')
    const both: Rules = ['m', { access: ['after:a', 'before:c'] }]
    expect(ordered('access', ['a'], ['b'], ['c'], both)).toBe('a b m c')
  })

  test('is each phase and stage its own', () => {
    const rules: Rules = ['c', { access: ['before:a'], edit: ['before:b'] }]
    expect([ordered('access', ['a'], ['b'], rules), ordered('edit', ['a'], ['b'], rules)]).toEqual([
      'c a b',
      'a c b',
    ])
  })

  test('cannot go round in a circle, which is told by name', () => {
    const circle = () =>
      ordered(
        'access',
        ['a', { access: ['after:b'] }],
        ['b', { access: ['after:c'] }],
        ['c', { access: ['after:a'] }],
      )
    expect(circle).toThrow(OrderFault)
    expect(circle).toThrow(
      'plugins go round in a circle in access: "a" after "b" after "c" after "a"',
    )
    expect(() => ordered('access', ['a', { access: ['before:a'] }])).toThrow('"a" after "a"')
  })

  test('names plugins that are loaded', () => {
    expect(() => ordered('access', ['real-ip'], ['a', { access: ['after:reel-ip'] }])).toThrow(
      'plugin "a" asks to be "after:reel-ip" in access, and no plugin "reel-ip" is loaded; did you mean "real-ip"?',
    )
  })
})

describe('a configuration', () => {
  const step = (name: string, order?: OrderRules) =>
    definePlugin({
      name,
      always: true,
      access: () => 'next',
      filters: { edit: (_, next) => next },
      ...(order ? { order } : {}),
    })
  const text = 'http:\n  server:\n    - listen: 127.0.0.1:80\n      location: { /: {} }\n'

  test('has handlers and filters in that order', () => {
    const last = step('last', { access: ['before:first'], edit: ['after:first', 'before:middle'] })
    const { plan } = compileText(text, [step('first'), step('middle'), last])
    const own = plan.listens[0]?.servers.default.own
    expect(own?.steps.map(({ plugin }) => plugin)).toEqual(['last', 'first', 'middle'])
    expect(own?.filters.map(({ plugin }) => plugin)).toEqual(['first', 'last', 'middle'])
  })

  test('is refused where the rules cannot be followed', () => {
    const loop = [step('a', { access: ['after:b'] }), step('b', { access: ['after:a'] })]
    expect(errorsIn(() => compileText(text, loop))).toEqual([
      '1:1 plugins go round in a circle in access: "a" after "b" after "a"',
    ])
  })
})

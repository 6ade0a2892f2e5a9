import { describe, expect, test } from 'vitest'
import type { Exchange } from '../../../src/kernel/exchange/exchange.ts'
import { capture, namedCapture, uncapture } from '../../../src/kernel/variable/captures.ts'
import { Variables } from '../../../src/kernel/variable/registry.ts'
import common from '../../../src/plugins/variables/index.ts'
import { Fields } from '../../../src/wire/http1/fields.ts'

function make() {
  return new Variables([common])
}

function exchange(parent?: Exchange): Exchange {
  return { parent, values: undefined, captures: undefined, headers: new Fields() } as never
}

const unset = () => 'unset'

describe('a variable that is given values', () => {
  test('is empty, or what its first user makes of it, before that', () => {
    const variables = make()
    const set = variables.assign('Name', unset)
    const get = variables.getter('name')
    const x = exchange()
    expect(get?.(x)).toBe('unset')
    set?.(x, 'given')
    expect(get?.(x)).toBe('given')
    expect(get?.(exchange())).toBe('unset')
  })

  test('holds for subrequests, which may change it', () => {
    const variables = make()
    const set = variables.assign('name', unset)
    const get = variables.getter('name')
    const main = exchange()
    const sub = exchange(main)
    set?.(main, 'main')
    expect(get?.(sub)).toBe('main')
    set?.(sub, 'sub')
    expect(get?.(main)).toBe('sub')
  })

  test('is computed by who defines it until then, whatever was read first', () => {
    const variables = make()
    variables.define('early', () => 'computed')
    const getters = [variables.getter('early'), undefined]
    const set = variables.assign('early', unset)
    variables.assign('late', unset)
    getters[1] = variables.getter('late')
    variables.define('late', () => 'computed')
    const x = exchange()
    expect(getters.map((get) => get?.(x))).toEqual(['computed', 'computed'])
    set?.(x, 'given')
    expect(getters.map((get) => get?.(x))).toEqual(['given', 'computed'])
  })

  test('may have the name of a family’s', () => {
    const variables = make()
    const set = variables.assign('http_kind', unset)
    const x = exchange()
    expect(variables.getter('http_kind')?.(x)).toBe(undefined)
    set?.(x, 'given')
    expect(variables.getter('http_kind')?.(x)).toBe('given')
  })

  test('may not be one of the kernel’s, but for those that can be changed', () => {
    const variables = make()
    expect(variables.assign('uri', unset)).toBe(undefined)
    expect(variables.assign('args', unset)).toBeTypeOf('function')
  })
})

describe('named captures', () => {
  const match = (text: string) => /(?<name>.*)/.exec(text) as RegExpExecArray

  test('can be changed, and are captured again', () => {
    const variables = make()
    variables.define('name', namedCapture('name'))
    const set = variables.assign('name', unset)
    const get = variables.getter('name')
    const x = exchange()
    // Of a server name: nobody has kept the groups.
    x.captures = match('server')
    expect(get?.(x)).toBe('server')
    set?.(x, 'given')
    expect([get?.(x), x.captures?.[1]]).toEqual(['given', 'server'])
    capture(x, match('again'))
    expect(get?.(x)).toBe('again')
  })

  test('outlive the numbered ones', () => {
    const x = exchange()
    x.captures = match('a')
    uncapture(x)
    expect([x.captures, namedCapture('name')(x)]).toEqual([undefined, 'a'])
  })
})

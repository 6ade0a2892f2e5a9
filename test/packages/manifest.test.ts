import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { readManifest } from '../../src/packages/manifest/manifest.ts'
import { manifestSchema } from '../../src/packages/manifest/manifest-schema.ts'

const GOOD = {
  name: '@acme/rate-limit',
  version: '1.2.0',
  description: 'Limits.',
  keywords: ['gateway-plugin', 'limit'],
  engines: { node: '>=20', gateway: '^0.1.0' },
  gateway: {
    apiVersion: 1,
    entry: './src/plugin.ts',
    schema: 'schema.json',
    isolation: 'either',
    permissions: { net: ['b:80', 'a'], env: ['TOKEN'], subrequest: true, native: false },
    testData: 'test/data.json',
    order: { access: 'after:real-ip', edit: ['before:gzip', 'after:headers'] },
  },
}

const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(manifestSchema())

function read(json: unknown) {
  return readManifest(typeof json === 'string' ? json : JSON.stringify(json), './source')
}

function changed(change: (json: Json) => void): Json {
  const json = structuredClone(GOOD) as unknown as Json
  change(json)
  return json
}

// biome-ignore lint/suspicious/noExplicitAny: what is wrong with a manifest is its types
type Json = any

test('a manifest is read whole, nothing of it run', () => {
  expect(read(GOOD)).toEqual({
    name: '@acme/rate-limit',
    version: '1.2.0',
    description: 'Limits.',
    engine: '^0.1.0',
    apiVersion: 1,
    entry: 'src/plugin.ts',
    schema: 'schema.json',
    isolation: 'either',
    permissions: { net: ['a', 'b:80'], env: ['TOKEN'], subrequest: true },
    testData: 'test/data.json',
    order: { access: ['after:real-ip'], edit: ['before:gzip', 'after:headers'] },
  })
  expect(validate(GOOD)).toBe(true)
})

test('what may be left out is', () => {
  const { name, version, keywords, engines } = GOOD
  const gateway = { apiVersion: 1, entry: 'plugin.js', schema: 'schema.json' }
  const least = { name, version, keywords, engines, gateway }
  const { isolation, permissions, order, testData } = read(least)
  expect([isolation, permissions, order, testData]).toEqual(['native', {}, {}, undefined])
  expect(validate(least)).toBe(true)
})

describe('a manifest is refused, and by the published schema too, for', () => {
  test.each<[string, RegExp, (json: Json) => void]>([
    ['no name', /"name": is missing; write/, (json) => delete json.name],
    ['a name in capitals', /"name": cannot be "Demo"/, (json) => (json.name = 'Demo')],
    ['a name that is a path', /"name": cannot be/, (json) => (json.name = '../../demo')],
    ['no version', /"version": is missing/, (json) => delete json.version],
    ['a version of two numbers', /"version": cannot be "1.0"/, (json) => (json.version = '1.0')],
    ['no keyword', /"keywords": lacks "gateway-plugin"/, (json) => (json.keywords = ['x'])],
    ['no engine', /"engines.gateway": is missing/, (json) => delete json.engines.gateway],
    ['no gateway', /"gateway": is missing; write/, (json) => delete json.gateway],
    ['a list for gateway', /"gateway": is no object/, (json) => (json.gateway = [])],
    [
      'an API of text',
      /"gateway.apiVersion": cannot be "1"/,
      (json) => (json.gateway.apiVersion = '1'),
    ],
    [
      'an entry upwards',
      /"gateway.entry": cannot be/,
      (json) => (json.gateway.entry = 'a/../../b'),
    ],
    ['an absolute entry', /"gateway.entry": cannot be/, (json) => (json.gateway.entry = '/b')],
    ['no schema', /"gateway.schema": is missing/, (json) => delete json.gateway.schema],
    [
      'an unknown isolation',
      /"gateway.isolation": .*native/,
      (json) => (json.gateway.isolation = 'vm'),
    ],
    ['an unknown field', /"gateway.entri": is not known/, (json) => (json.gateway.entri = 'x')],
    [
      'an unknown permission',
      /"gateway.permissions.exec": is not known; remove it; known are net/,
      (json) => (json.gateway.permissions.exec = true),
    ],
    [
      'a permission that is no list',
      /"gateway.permissions.net": is no list of plain texts/,
      (json) => (json.gateway.permissions.net = true),
    ],
    [
      'a permission that hides a part of itself',
      /"gateway.permissions.net": is no list of plain texts/,
      (json) => (json.gateway.permissions.net = ['a.example\u001b[2K\rnothing']),
    ],
    [
      'a permission that looks like more lines',
      /"gateway.permissions.fs": is no list of plain texts/,
      (json) => (json.gateway.permissions.fs = ['/tmp\nInstall? [y/N] y']),
    ],
    [
      'a permission that is read backwards',
      /"gateway.permissions.env": is no list of plain texts/,
      (json) => (json.gateway.permissions.env = ['\u202eNEKOT']),
    ],
    [
      'an order in an unknown phase',
      /"gateway.order.findConfig": is not known/,
      (json) => (json.gateway.order.findConfig = 'after:a'),
    ],
    [
      'an order without a word',
      /"gateway.order.access": .*write "after:NAME"/,
      (json) => (json.gateway.order.access = 'real-ip'),
    ],
  ])('%s', (_, fault, change) => {
    const json = changed(change)
    expect(() => read(json)).toThrow(fault)
    expect(() => read(json)).toThrow(/^plugin "(?:@acme\/rate-limit|\.\/source)": package\.json/)
    expect(validate(json)).toBe(false)
  })

  test('a range that is none, which a schema cannot tell', () => {
    const json = changed((each) => (each.engines.gateway = 'newest'))
    expect(() => read(json)).toThrow('"engines.gateway": "newest" is no range of versions')
  })

  test('text that is not JSON', () => {
    expect(() => read('{')).toThrow(
      /^plugin "\.\/source": package\.json: is not JSON .*; correct it$/,
    )
  })

  test('everything at once', () => {
    const json = changed((each) => {
      each.version = 1
      each.gateway.isolation = 1
    })
    expect(() => read(json)).toThrow(/"version".*\n.*"gateway.isolation"/)
  })
})

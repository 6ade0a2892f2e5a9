import { describe, expect, test } from 'vitest'
import {
  flag,
  number,
  oneOf,
  size,
  template,
  text,
  time,
} from '../../src/kernel/directive/readers.ts'
import { definePlugin } from '../../src/kernel/plugin-record.ts'
import { compileServer, errorsIn } from './compile-text.ts'

const scopes = ['location'] as const
const directives = {
  flag: flag({ in: scopes, default: false, doc: '' }),
  number: number({ in: scopes, default: 0, least: 2, most: 50, doc: '' }),
  size: size({ in: scopes, default: 0, doc: '' }),
  time: time({ in: scopes, default: 0, doc: '' }),
  word: oneOf(['one', 'two'], { in: scopes, default: 'one', doc: '' }),
  text: text({ in: scopes, default: '', doc: '' }),
  template: template({ in: scopes, default: undefined, doc: '' }),
}

const plugin = definePlugin({ name: 'readers', directives, content: () => 'next' })

type Name = keyof typeof directives

function read(name: Name, value: string): unknown {
  const compiled = compileServer(`location: { /: { ${name}: ${JSON.stringify(value)} } }`, [plugin])
  const plans = [...compiled.origins.keys()]
  const location = plans.find((plan) => !('own' in plan) && plan.name === '/')
  const values = location && 'configs' in location && location.configs.get('readers')
  return (values as Readonly<Record<Name, unknown>>)[name]
}

describe('reads', () => {
  test.each<[Name, string, unknown]>([
    ['flag', 'on', true],
    ['flag', 'OFF', false],
    ['number', '2', 2],
    ['number', '050', 50],
    ['size', '0', 0],
    ['size', '512', 512],
    ['size', '8k', 8192],
    ['size', '1M', 1_048_576],
    ['size', '2g', 2_147_483_648],
    ['time', '5', 5000],
    ['time', '500ms', 500],
    ['time', '1m', 60_000],
    ['time', '1m30', 90_000],
    ['time', '1h30m', 5_400_000],
    ['time', '1d 12h', 129_600_000],
    ['time', '1M', 2_592_000_000],
    ['time', '1y', 31_536_000_000],
    ['time', '1w', 604_800_000],
    ['word', 'two', 'two'],
    ['text', 'any text at all', 'any text at all'],
    ['text', '', ''],
    ['template', 'a$uri', expect.objectContaining({ source: 'a$uri', constant: undefined })],
    ['template', 'a b', expect.objectContaining({ constant: 'a b' })],
  ])('%s %s', (name, value, expected) => expect(read(name, value)).toEqual(expected))
})

describe('refuses', () => {
  test.each<[Name, string, string]>([
    ['flag', 'yes', '"yes" is neither "on" nor "off"'],
    ['flag', '1', '"1" is neither "on" nor "off"'],
    ['number', '1', '1 is not between 2 and 50'],
    ['number', '51', '51 is not between 2 and 50'],
    ['number', '-3', '"-3" is not a number'],
    ['number', '3x', '"3x" is not a number'],
    ['number', '0x10', '"0x10" is not a number'],
    ['size', '8kb', '"8kb" is not a size'],
    ['size', '-1', '"-1" is not a size'],
    ['size', '1.5m', '"1.5m" is not a size'],
    ['time', '1s1h', '"1s1h" is not a time'],
    ['time', '5 minutes', '"5 minutes" is not a time'],
    ['time', '', '"" is not a time'],
    ['time', '1h1h', '"1h1h" is not a time'],
    ['word', 'three', '"three" is not one of one, two'],
    ['word', 'One', '"One" is not one of one, two'],
  ])('%s %j', (name, value, message) => {
    const errors = errorsIn(() => read(name, value))
    expect(errors).toEqual([expect.stringContaining(`${name}: ${message}`)])
  })
})

import { describe, expect, test } from 'vitest'
import { Block } from '../../src/config/block.ts'
import { Values } from '../../src/config/inherit.ts'
import type { Definition, Group } from '../../src/config/table.ts'
import { directive } from '../../src/kernel/directive/readers.ts'

const MARK = { file: 'x', line: 1, column: 1 }
const SCOPES = ['http', 'server', 'location'] as const

function word(inherits: 'replace' | 'never', initial: string) {
  const options = { in: SCOPES, default: initial, doc: '', usage: '', min: 0, max: 1 }
  return directive<string>({ ...options, inherits, read: () => initial })
}

const directives = {
  down: word('replace', 'down 0'),
  here: word('never', 'here 0'),
  joined: {
    ...word('replace', 'nothing'),
    join: (own: string, above: string) => `${own} + ${above}`,
  },
}
const group: Group = { name: 'test', directives, plugin: undefined }

function write(block: Block, name: keyof typeof directives, value: string): void {
  const definition: Definition = {
    name,
    directive: directives[name],
    groups: [group],
    opens: undefined,
  }
  block.written.set(directives[name], { definition, nodes: [], value, failed: false })
  block.groups.add(group)
}

function blocks() {
  const http = new Block('http', [], MARK, undefined)
  const server = new Block('server', [], MARK, http)
  const outer = new Block('location', ['/'], MARK, server)
  const inner = new Block('location', ['/a'], MARK, outer)
  return { http, server, outer, inner, values: new Values() }
}

describe('a directive that inherits', () => {
  test('counts below where it is written, until it is written again', () => {
    const { http, server, outer, inner, values } = blocks()
    write(http, 'down', 'of http')
    write(outer, 'down', 'of outer')
    const of = (block: Block) => values.of(group, block).down
    expect([http, server, outer, inner].map(of)).toEqual([
      'of http',
      'of http',
      'of outer',
      'of outer',
    ])
  })

  test('has its default where it is written nowhere', () => {
    const { inner, values } = blocks()
    expect(values.of(group, inner)).toEqual({
      down: 'down 0',
      here: 'here 0',
      joined: 'nothing',
    })
    expect(values.of(group, inner)).toBe(values.initial(group))
  })
})

test('a directive that joins makes one of what is written and what is inherited', () => {
  const { server, outer, inner, values } = blocks()
  write(server, 'joined', 'of server')
  write(inner, 'joined', 'of inner')
  const of = (block: Block) => values.of(group, block).joined
  expect([server, outer, inner].map(of)).toEqual([
    'of server + nothing',
    'of server + nothing',
    'of inner + of server + nothing',
  ])
})

test('a directive that never inherits counts where it stands only', () => {
  const { http, server, outer, inner, values } = blocks()
  write(server, 'here', 'of server')
  write(inner, 'here', 'of inner')
  const of = (block: Block) => values.of(group, block).here
  expect([http, server, outer, inner].map(of)).toEqual([
    'here 0',
    'of server',
    'here 0',
    'of inner',
  ])
})

test('both in one block: one goes down, the other does not', () => {
  const { server, outer, inner, values } = blocks()
  write(server, 'down', 'of server')
  write(server, 'here', 'of server')
  expect(values.of(group, server)).toMatchObject({ down: 'of server', here: 'of server' })
  expect(values.of(group, outer)).toMatchObject({ down: 'of server', here: 'here 0' })
  expect(values.of(group, inner)).toBe(values.of(group, outer))
})

test('a value whose reading failed leaves what is above it', () => {
  const { server, outer, values } = blocks()
  write(server, 'down', 'of server')
  write(outer, 'down', 'broken')
  const written = outer.written.get(directives.down)
  if (written) written.failed = true
  expect(values.of(group, outer).down).toBe('of server')
})

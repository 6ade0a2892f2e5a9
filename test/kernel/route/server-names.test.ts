import { describe, expect, test, vi } from 'vitest'
import type { ServerPlan } from '../../../src/kernel/phase/plan.ts'
import type { ServerName } from '../../../src/kernel/route/server-name.ts'
import { ServerNames } from '../../../src/kernel/route/server-names.ts'
import { compileText, errorsIn } from '../../config/compile-text.ts'

/** The names of a server as its directive reads them. */
function namesOf(...written: readonly string[]): readonly ServerName[] {
  const list = JSON.stringify(written.map((each) => JSON.stringify(each)))
  const text = `http: { server: { listen: 127.0.0.1:1, server_name: [${list}] } }`
  const { main } = compileText(text)
  const server = main.children[0]?.children[0]
  const values = [...(server?.written.values() ?? [])]
  return values.find(({ definition }) => definition.name === 'server_name')?.value as ServerName[]
}

function table(...servers: readonly (readonly string[])[]): { names: ServerNames; lost: string[] } {
  const lost: string[] = []
  const plans = servers.map((written, index) => {
    return { plan: { name: `server ${index}` } as ServerPlan, names: namesOf(...written) }
  })
  const names = new ServerNames(plans, plans[0]?.plan as ServerPlan, ({ source }, { name }) => {
    lost.push(`${source} of ${name}`)
  })
  return { names, lost }
}

describe('chooses in the order of nginx', () => {
  const { names } = table(
    ['default.example'],
    ['www.example.org', ''],
    ['*.example.org'],
    ['*.deep.example.org'],
    ['mail.*'],
    ['mail.example.*'],
    ['~^(?<user>.+)\\.example\\.net$'],
    ['~^mail\\.example\\.net$', '~example'],
    ['.example.com'],
    ['*.b.example.com'],
  )
  test.each([
    ['www.example.org', 1],
    ['', 1],
    ['a.example.org', 2],
    ['a.b.example.org', 2],
    ['x.deep.example.org', 3],
    ['deep.example.org', 2],
    // A wildcard in front wins over one at the end.
    ['mail.example.org', 2],
    ['mail.test', 4],
    ['mail.example.test', 5],
    ['mail.example.net', 5],
    ['ann.example.net', 6],
    ['example.test', 7],
    ['example.com', 8],
    ['www.example.com', 8],
    ['a.b.example.com', 9],
    ['b.example.com', 8],
    ['nobody.test', 0],
    ['.example.org', 7],
    ['mail.', 0],
    ['192.0.2.1', 0],
  ])('%j is server %d', (host, index) => expect(names.find(host).name).toBe(`server ${index}`))

  test('a regular expression leaves its match', () => {
    names.find('ann.example.net')
    expect(names.lastMatch?.groups).toEqual({ user: 'ann' })
    names.find('www.example.org')
    expect(names.lastMatch).toBeUndefined()
    expect(names.hasRegex).toBe(true)
  })
})

test('a host of thousands of labels is looked up about as often as a short one', () => {
  const { names } = table(['default.example'], ['*.example.org'], ['mail.example.*'])
  const lookups = vi.spyOn(Map.prototype, 'get')
  try {
    for (const host of ['a.'.repeat(4000), `${'a.'.repeat(4000)}example.org`]) {
      lookups.mockClear()
      names.find(host)
      expect(lookups.mock.calls.length).toBeLessThan(20)
    }
    expect(names.find(`${'a.'.repeat(4000)}example.org`).name).toBe('server 1')
  } finally {
    lookups.mockRestore()
  }
})

test('the default server may be any of them', () => {
  const [first, second] = [{ name: 'first' }, { name: 'second' }] as ServerPlan[]
  const servers = [first, second].map((plan) => ({ plan: plan as ServerPlan, names: namesOf('') }))
  const names = new ServerNames(servers, second as ServerPlan, () => undefined)
  expect(names.find('any.test').name).toBe('second')
  expect(names.find('').name).toBe('first')
})

test('a name that is taken is ignored, and told', () => {
  const { names, lost } = table(
    ['a.example', '.b.example', '~x'],
    ['A.example', 'b.example', '*.b.example', '~x', 'c.*'],
    ['c.*', '.b.example'],
  )
  expect(lost).toEqual([
    'a.example of server 1',
    'b.example of server 1',
    '*.b.example of server 1',
    'c.* of server 2',
    '.b.example of server 2',
  ])
  expect(names.find('a.example').name).toBe('server 0')
})

test.each(['*x.example', 'a.*.example', '*', 'x*', '*.', '.', '..', '.*', 'a..*.b'])(
  '%j is no server name',
  (name) => {
    expect(errorsIn(() => namesOf(name))).toEqual([
      expect.stringContaining(`server name "${name}" is invalid`),
    ])
  },
)

test('$hostname stands for the name of this machine', async () => {
  const { hostname } = await import('node:os')
  expect(namesOf('$hostname')).toEqual([
    expect.objectContaining({ text: hostname().toLowerCase() }),
  ])
})

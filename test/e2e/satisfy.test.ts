import { beforeAll, expect, test } from 'vitest'
import type { Gateway } from '../harness/gateway.ts'
import { get } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'

/** An access check of its own: a header says what it answers. */
const CHECK = `
import { definePlugin, flag } from 'gateway/plugin'

export default definePlugin({
  name: 'check',
  directives: {
    check: flag({ in: ['location'], default: false, doc: 'Checks.' }),
  },
  prepare: ({ check }) => check ? check : undefined,
  access: (x) => {
    const answer = x.headers.get('x-check') ?? 'next'
    const verdict = /^\\d+$/.test(answer) ? Number(answer) : answer
    return x.headers.get('x-late') ? Promise.resolve(verdict) : verdict
  },
})
`

let gateway: Gateway

beforeAll(async () => {
  const location = (satisfy: string, rules: string) =>
    `{ satisfy: ${satisfy}, check: on, ${rules}, root: "%%DIR%%" }`
  gateway = await startGateway({
    files: {
      'check.ts': CHECK,
      'all/deny/x': 'in',
      'all/allow/x': 'in',
      'any/deny/x': 'in',
      'any/allow/x': 'in',
    },
    yaml: `
plugins: ./check.ts
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /all/deny/: ${location('all', 'deny: all')}
        /all/allow/: ${location('all', 'allow: all')}
        /any/deny/: ${location('any', 'deny: all')}
        /any/allow/: ${location('any', 'allow: all')}
`,
    expected: ['forbidden', 'access'],
  })
})

for (const late of ['', 'late']) {
  test.each([
    ['/all/allow/', 'pass', 200],
    ['/all/allow/', 'next', 200],
    ['/all/allow/', '403', 403],
    ['/all/allow/', '401', 401],
    ['/all/deny/', 'pass', 403],
    ['/all/deny/', 'next', 403],
    ['/any/allow/', '403', 200],
    ['/any/allow/', '401', 200],
    ['/any/allow/', 'next', 200],
    ['/any/deny/', 'pass', 200],
    ['/any/deny/', 'next', 403],
    ['/any/deny/', '401', 401],
  ])(`%s with a check that says "%s"${late && ', late,'} is %i`, async (path, verdict, status) => {
    const headers = { 'X-Check': verdict, ...(late ? { 'X-Late': '1' } : {}) }
    expect((await get(gateway.port(), `${path}x`, headers)).status).toBe(status)
  })
}

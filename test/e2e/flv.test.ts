import { execFileSync } from 'node:child_process'
import { beforeAll, describe, expect, test } from 'vitest'
import { nginxMissing } from '../harness/nginx.ts'
import { type Ask, type Twins, twins } from '../harness/twins.ts'
import { Workspace } from '../harness/workspace.ts'

const files = new Workspace('flv')
const LONG = Array.from({ length: 200_000 }, (_, i) => String.fromCharCode(i % 251)).join('')

describe.skipIf(nginxMissing())('flv, as nginx does it', () => {
  let pair: Twins
  beforeAll(async () => {
    files.write('a.flv', Buffer.from(LONG, 'latin1'))
    files.write('short.flv', '0123456789')
    files.write('folder.flv/x', 'x')
    execFileSync('chmod', ['-R', 'a+rX', files.dir])
    pair = await twins(`root ${files.dir}; types { video/x-flv flv; } location / { flv; }`)
  })

  const range = (Range: string): Ask => ({ headers: { Range } })
  const asks: readonly (readonly [target: string, ask: Ask])[] = [
    ['/short.flv', {}],
    ...['0', '1', '5', '9', '10', '11', '-1', 'x', '', '1e3', '99999999999999999999'].map(
      (start) => [`/short.flv?start=${start}`, {}] as const,
    ),
    ['/short.flv?a=b&START=5', {}],
    ['/a.flv?start=150000', {}],
    ['/a.flv', {}],
    ['/a.flv?start=100', { method: 'HEAD' }],
    ['/short.flv?start=5', { method: 'POST' }],
    ['/short.flv?start=5', range('bytes=0-3')],
    ['/short.flv?start=5', range('bytes=12-15')],
    ['/a.flv?start=100000', range('bytes=10-100020')],
    ['/short.flv?start=5', range('bytes=100-')],
    ['/folder.flv', {}],
    ['/none.flv', {}],
    ['/', {}],
  ]

  test.each(asks)('%s %j', async (target, ask) => {
    const { ours, theirs } = await pair.ask(target, ask)
    // Boundaries of parts are of each server's own.
    const plain = (text: string) => text.replace(/\d{20}/g, 'BOUNDARY')
    expect({ ...ours, body: plain(ours.body), fields: ours.fields.map(plain) }).toEqual({
      ...theirs,
      body: plain(theirs.body),
      fields: theirs.fields.map(plain),
    })
  })

  test('several parts, which nginx cannot cut out of two pieces', async () => {
    const { status, body } = await pair.ours('/a.flv?start=100000', range('bytes=5-6,70000-70005'))
    expect(status).toBe(206)
    const parts = body.split(/\r\n--\d{20}(?:\r\n|--)/).map((part) => part.split('\r\n\r\n')[1])
    const whole = `FLV\x01\x05\0\0\0\x09\0\0\0\0${LONG.slice(100_000)}`
    expect(parts.slice(1, -1)).toEqual([whole.slice(5, 7), whole.slice(70_000, 70_006)])
  })
})

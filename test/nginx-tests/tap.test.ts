import { describe, expect, test } from 'vitest'
import { areaOf } from './areas.ts'
import { readTap } from './tap.ts'

describe('what a file of the suite printed', () => {
  test('is counted, and what failed is named', () => {
    const text = '1..4\nok 1 - one\nnot ok 2 - two\nok 3 - three\nok 4 - no alerts\n'
    expect(readTap(text)).toEqual({ planned: 4, passed: 3, failed: ['2 two'], skipped: undefined })
  })

  test('what is expected to fail counts for neither side', () => {
    const text = '1..3\nok 1 - a\nnot ok 2 - b # TODO not yet\nok 3 # skip no IPv6\n'
    expect(readTap(text)).toEqual({ planned: 1, passed: 1, failed: [], skipped: undefined })
  })

  test('a file that is left out says why', () => {
    const skipped = 'no fastcgi available'
    expect(readTap(`1..0 # SKIP ${skipped}\n`)).toEqual({
      planned: 0,
      passed: 0,
      failed: [],
      skipped,
    })
  })

  test('what never ran is missing', () => {
    const { planned, passed, failed } = readTap('1..9\nok 1 - a\n')
    expect(planned - passed - failed.length).toBe(8)
  })
})

test.each([
  ['proxy_cache_lock.t', 'proxy_cache'],
  ['proxy_ssl_name.t', 'proxy_ssl'],
  ['proxy_websocket.t', 'upgrade'],
  ['proxy.t', 'proxy'],
  ['http_location.t', 'http core: location, host, listen, uri'],
  ['http_keepalive.t', 'http core: request, body, keepalive'],
  ['access_log.t', 'logging'],
  ['access.t', 'access and auth'],
  ['something.t', 'others'],
])('%s is of %s', (file, area) => expect(areaOf(file)).toBe(area))

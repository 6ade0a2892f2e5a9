import { expect, onTestFinished, test } from 'vitest'
import { FetchOp } from '../../../../sandbox/border/ops.ts'
import { Egress } from '../../../../sandbox/host/fetch/egress.ts'
import { FETCH_LIMITS } from '../../../../sandbox/host/fetch/fetch-limits.ts'
import { FetchSession } from '../../../../sandbox/host/fetch/fetch-session.ts'
import { fetchOps } from '../../../../sandbox/host/fetch-ops.ts'
import type { MessageBody } from '../../../../sandbox/host/message-view.ts'
import { type HttpOrigin, httpOrigin } from '../../../harness/http-origin.ts'
import { rules } from './client.ts'

/** Posts the body of a message; gives the head of the answer. */
async function post(body: MessageBody | undefined, to: HttpOrigin, most = 1000): Promise<string> {
  const limits = { ...FETCH_LIMITS, requestBody: most }
  const egress = new Egress({ rules: rules([to.address]), limits })
  const session = new FetchSession([egress], limits)
  onTestFinished(async () => {
    session.close()
    await egress.close()
  })
  const ops = fetchOps(session, limits, (message) => (message === 3 ? body : undefined))
  const id = ops(FetchOp.open, `POST\nhttp://${to.address}/\nfollow`, 3, 0)
  return (await ops(FetchOp.send, id as number, undefined, undefined)) as string
}

function bodyOf(chunks: (string | Error)[]) {
  let cancelled = 'no'
  return {
    async read() {
      const chunk = chunks.shift()
      if (chunk instanceof Error) throw chunk
      return chunk === undefined ? undefined : Buffer.from(chunk)
    },
    cancel: () => {
      cancelled = 'yes'
    },
    wasCancelled: () => cancelled,
  }
}

test('the body of a message is sent as it comes', async () => {
  const to = await httpOrigin()
  expect(await post(bodyOf(['a', 'bc']), to)).toMatch(/^200\n/)
  expect(await post(undefined, to)).toMatch(/^200\n/)
  expect(to.requests.map(({ body }) => `${body}`)).toEqual(['abc', ''])
})

test('one that breaks off, or is too large, is no request', async () => {
  const to = await httpOrigin()
  const broken = bodyOf(['a', new Error('gone')])
  await expect(post(broken, to)).rejects.toMatchObject({ code: 'fetch_aborted' })
  const large = bodyOf(['a'.repeat(5), 'b'.repeat(6)])
  await expect(post(large, to, 10)).rejects.toMatchObject({ code: 'fetch_body_limit' })
  expect([broken.wasCancelled(), large.wasCancelled()]).toEqual(['yes', 'yes'])
  expect(to.requests).toEqual([])
})

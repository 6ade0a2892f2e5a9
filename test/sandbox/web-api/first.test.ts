import { expect, test } from 'vitest'
import { get } from './harness.ts'

test('a script answers with what it read of the request', async () => {
  const answer = await get(
    `export default { fetch(request) { return new Response('hi ' + request.headers.get('host')) } }`,
  )
  expect(answer).toMatchObject({ status: 200, body: 'hi shop.example' })
  expect(answer.fields).toEqual(['content-type', 'text/plain;charset=UTF-8'])
})

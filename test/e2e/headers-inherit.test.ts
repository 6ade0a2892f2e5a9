import { expect, test } from 'vitest'
import { connect, get, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'

/** Names of the fields behind a chunked body, as they stand on the wire. */
async function trailersOf(port: number, path: string): Promise<string[]> {
  const client = await connect(port)
  await client.send(request(`GET ${path}`, { Connection: 'close' }))
  const text = (await client.incoming.rest()).toString('latin1')
  const behind = text.split('\r\n0\r\n')[1] ?? ''
  return behind.split('\r\n').flatMap((line) => (line === '' ? [] : [line.split(':')[0] ?? '']))
}

test('fields that are added are inherited as add_header_inherit says', async () => {
  const gateway = await startGateway({
    yaml: `
http:
  add_header: X-Http 1
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /plain/: { return: "200 ok" }
        /own/: { return: "200 ok", add_header: X-Own 1 }
        /merged/:
          return: 200 ok
          add_header: X-Own 1
          add_header_inherit: merge
          location:
            /merged/below/: { return: "200 ok", add_header: X-Below 1 }
            /merged/on/: { return: "200 ok", add_header: X-Below 1, add_header_inherit: "on" }
        /off/: { return: "200 ok", add_header_inherit: "off" }
        /off-own/: { return: "200 ok", add_header: X-Own 1, add_header_inherit: "off" }
`,
  })
  const added = async (path: string) => {
    const { headers } = await get(gateway.port(), path)
    return headers.lines.map(([name]) => name).filter((name) => name.startsWith('X-'))
  }
  expect(await added('/plain/')).toEqual(['X-Http'])
  expect(await added('/own/')).toEqual(['X-Own'])
  expect(await added('/merged/')).toEqual(['X-Own', 'X-Http'])
  expect(await added('/merged/below/')).toEqual(['X-Below', 'X-Own', 'X-Http'])
  expect(await added('/merged/on/')).toEqual(['X-Below'])
  expect(await added('/off/')).toEqual([])
  expect(await added('/off-own/')).toEqual(['X-Own'])
})

test('trailers that are added are inherited as add_trailer_inherit says', async () => {
  const gateway = await startGateway({
    yaml: `
http:
  add_trailer: X-Http 1
  add_header_inherit: "off"
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /plain/: { return: "200 ok" }
        /own/: { return: "200 ok", add_trailer: X-Own 1 }
        /merged/:
          return: 200 ok
          add_trailer: X-Own 1
          add_trailer_inherit: merge
          location:
            /merged/below/: { return: "200 ok", add_trailer: X-Below 1 }
            /merged/on/: { return: "200 ok", add_trailer: X-Below 1, add_trailer_inherit: "on" }
        /off/: { return: "200 ok", add_trailer_inherit: "off" }
        /off-own/: { return: "200 ok", add_trailer: X-Own 1, add_trailer_inherit: "off" }
`,
  })
  const added = (path: string) => trailersOf(gateway.port(), path)
  expect(await added('/plain/')).toEqual(['X-Http'])
  expect(await added('/own/')).toEqual(['X-Own'])
  expect(await added('/merged/')).toEqual(['X-Own', 'X-Http'])
  expect(await added('/merged/below/')).toEqual(['X-Below', 'X-Own', 'X-Http'])
  expect(await added('/merged/on/')).toEqual(['X-Below'])
  expect(await added('/off/')).toEqual([])
  expect(await added('/off-own/')).toEqual(['X-Own'])
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chunks, get } from './harness.ts'
import { inGuest, same } from './same.ts'

test.each([
  // Response
  'const r = new Response("x"); return [r.status, r.statusText, r.ok, r.type, r.url, r.redirected, r.bodyUsed, [...r.headers], await r.text(), r.bodyUsed]',
  'const r = new Response(null, { status: 404, statusText: "No", headers: { a: "b" } }); return [r.status, r.ok, r.statusText, [...r.headers], r.body, await r.text()]',
  'return new Response("x", { status: 204 })',
  'return [199, 600, 1000, "abc", 200.7].map((status) => { try { return new Response(null, { status }).status } catch (error) { return error.name } }).slice(0, 4)',
  'return new Response("x", { statusText: "a\\nb" })',
  'const r = Response.json({ a: 1 }, { status: 201 }); return [r.status, [...r.headers], await r.json()]',
  'const r = Response.json({}, { headers: { "content-type": "x/y" } }); return [...r.headers]',
  'return Response.json(undefined)',
  'return Response.json(1n)',
  'const r = Response.redirect("http://h/é", 301); return [r.status, r.headers.get("location")]',
  'Response.redirect("http://h/").headers.set("a", "b")',
  'return Response.redirect("http://h/", 200)',
  'const r = Response.error(); return [r.status, r.type, r.body, [...r.headers]]',
  'const r = new Response("abc"); const c = r.clone(); return [await r.text(), await c.text()]',
  'const r = new Response("abc"); await r.text(); return r.clone()',
  'const r = new Response("abc"); await r.text(); return r.text()',
  'const r = new Response("abc"); r.body.getReader(); return r.text()',
  'return new Response("{").json()',
  'return new Response("\\ufeff{}").json()',
  'return new Response("\\ud800x").text()',
  'return [...new Uint8Array(await new Response("é").arrayBuffer())]',
  'const u = new Uint8Array([1, 2, 3]); const r = new Response(u.subarray(1)); u[1] = 9; return [...new Uint8Array(await r.arrayBuffer())]',
  'const r = new Response(new URLSearchParams("a=1&b=2")); return [r.headers.get("content-type"), await r.text()]',
  'const r = new Response(new Blob(["x"], { type: "a/b" })); return [r.headers.get("content-type"), await r.text()]',
  'const b = await new Response("x", { headers: { "content-type": "a/b" } }).blob(); return [b.type, b.size]',
  'const r = new Response(123); return [await r.text(), r.headers.get("content-type")]',
  'const r = new Response("abc"); const seen = []; for await (const chunk of r.body) seen.push(...chunk); return [seen, r.bodyUsed]',
  'const r = new Response(new ReadableStream({ start(c) { c.enqueue(new Uint8Array([65])); c.enqueue(new Uint8Array([66])); c.close() } })); return [r.headers.get("content-type"), await r.text()]',
  'return new Response(new ReadableStream({ start(c) { c.enqueue("text"); c.close() } })).text()',
  'return new Response(new ReadableStream({ start(c) { c.error(new RangeError("x")) } })).text()',
  'const r = new Response(new ReadableStream({ start(c) { c.enqueue(new Uint8Array([65])); c.close() } })); const c = r.clone(); return [await r.text(), await c.text()]',
  'return Object.prototype.toString.call(new Response())',
  'return Object.keys(Response.prototype).includes("text") || "text" in Response.prototype',
  // Request
  'const r = new Request("http://h/a?b#c"); return [r.url, r.method, r.redirect, r.body, [...r.headers], r.signal.aborted]',
  'return ["get", "Post", "patch", "pAtCh", "FOO"].map((method) => new Request("http://h", { method }).method)',
  'return new Request("http://h", { method: "TRACE" })',
  'return new Request("http://h", { method: "a b" })',
  'return new Request("/relative")',
  'return new Request("http://h", { body: "x" })',
  'return new Request("http://h", { method: "HEAD", body: "x" })',
  'const r = new Request("http://h", { method: "POST", body: "x" }); return [[...r.headers], await r.text(), r.bodyUsed]',
  'const a = new Request("http://h", { method: "POST", body: "x", headers: { a: "1" } }); const b = new Request(a, { headers: { b: "2" } }); return [a.bodyUsed, await b.text(), [...b.headers], b.method]',
  'const a = new Request("http://h", { method: "POST", body: "x" }); const b = a.clone(); return [await a.text(), await b.text(), b.method, [...b.headers]]',
  'const c = new AbortController(); const r = new Request("http://h", { signal: c.signal }); c.abort("why"); return [r.signal.aborted, r.signal.reason, r.signal === c.signal]',
  'const a = new Request("http://h", { redirect: "manual" }); return [a.redirect, new Request(a).redirect, new Request(a, { redirect: "error" }).redirect]',
  'return new Request("http://h", { redirect: "nope" })',
  'return String(new Request(new URL("http://h/x")).url)',
  'return new Request(new Request("http://h"), { method: "POST", body: "y" }).text()',
])('%s', (code) => same(code))

test('the body of the client is read as a whole, in one call', async () => {
  const source = `export default { fetch: async (request) => new Response(await request.text()) }`
  const at = (body: Parameters<typeof get>[1]) => get(source, body)
  const now = await at({ request: { method: 'POST', body: 'now' } })
  expect(now).toMatchObject({ body: 'now', ops: [64, 0] })
  const later = await at({ request: { method: 'POST', body: chunks('la', 'ter é') } })
  expect(later).toMatchObject({ body: 'later é', ops: [64, 0] })
})

test('a body that is read twice, or larger than its limit, is an error in the script', async () => {
  const twice = await get(
    `export default { async fetch(request) {
      await request.text()
      return new Response(await request.text().catch((error) => error.name + request.bodyUsed))
    } }`,
    { request: { method: 'POST', body: 'x' } },
  )
  expect(twice.body).toBe('TypeErrortrue')
  const large = await get(
    `export default { fetch: (request) => request.text().then((t) => new Response(t), (error) => new Response(error.name)) }`,
    { request: { method: 'POST', body: chunks('four', 'more') }, limits: { requestBody: 7 } },
  )
  expect(large.body).toBe('RangeError')
})

test('the body of the client as a stream, chunk by chunk', async () => {
  const answer = await get(
    `export default { async fetch(request) {
      const seen = []
      for await (const chunk of request.body) seen.push(new TextDecoder().decode(chunk))
      return Response.json(seen)
    } }`,
    { request: { method: 'POST', body: chunks('one', 'two') } },
  )
  expect(answer.body).toBe('["one","two"]')
})

test('a body that is only passed on never enters the guest', async () => {
  for (const body of ['request.body', 'request.clone().body']) {
    const answer = await get(`export default { fetch: (request) => new Response(${body}) }`, {
      request: { method: 'POST', body: chunks('one', 'two') },
    })
    expect(answer.body).toBe('onetwo')
    expect(answer.ops).not.toContain(66)
  }
})

test('a request without a body has none', async () => {
  const answer = await get(
    `export default { fetch: (request) => new Response(String(request.body)) }`,
  )
  expect(answer.body).toBe('null')
})

test('a streamed answer is written as the client takes it, and ends', async () => {
  const answer = await get(`export default { fetch() {
    let left = 3
    return new Response(new ReadableStream({
      pull(controller) {
        if (left === 0) controller.close()
        else controller.enqueue(new TextEncoder().encode('piece ' + left--))
      },
    }), { status: 206 })
  } }`)
  expect(answer).toMatchObject({
    status: 206,
    streamed: ['piece 3', 'piece 2', 'piece 1', '<end>'],
    over: 1,
  })
})

test('a streamed answer that breaks tells how', async () => {
  const answer = await get(`export default { fetch: () => new Response(new ReadableStream({
    pull(controller) { controller.error(new RangeError('out of tea')) },
  })) }`)
  expect(answer.error).toMatchObject({ name: 'RangeError', message: 'out of tea' })
  expect(answer.over).toBe(1)
})

test('a streamed answer ends at its limit', async () => {
  const answer = await get(
    `export default { fetch: () => new Response(new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(1000)),
    })) }`,
    { limits: { responseBody: 2500 } },
  )
  expect(answer.streamed).toHaveLength(2)
  expect(answer.error).toMatchObject({ name: 'script_response_body_limit' })
})

test('what a transform makes of a body is the answer', async () => {
  const answer = await get(
    `export default { fetch: (request) => new Response(request.body
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new TransformStream({ transform: (text, controller) => controller.enqueue(text.toUpperCase()) }))
      .pipeThrough(new TextEncoderStream())) }`,
    { request: { method: 'POST', body: chunks('one ', 'two') } },
  )
  expect(answer.body).toBe('ONE TWO')
})

const boundaryFree = fc.string({ maxLength: 8 })

test('forms are written and read again as they were', async () => {
  const field = fc.record({
    name: boundaryFree,
    value: boundaryFree,
    file: fc.option(fc.string({ minLength: 1, maxLength: 8 }), { nil: undefined }),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(field, { maxLength: 4 }), async (fields) => {
      const code = `
        const form = new FormData()
        for (const { name, value, file } of values) {
          if (file === undefined) form.append(name, value)
          else form.append(name, new File([value], file, { type: 'a/b' }))
        }
        const show = async (form) => Promise.all([...form].map(async ([name, value]) =>
          typeof value === 'string' ? [name, value] : [name, value.name, value.type, await value.text()]))
        const message = new Response(form)
        return show(await message.formData())`
      await same(code, fields)
    }),
    { numRuns: 100 },
  )
})

test.each([
  'const f = new FormData(); f.append("a", "1"); f.append("a", "2"); f.set("b", "3"); f.set("a", "4"); return [[...f], f.get("a"), f.getAll("a"), f.has("c"), f.get("c")]',
  'const f = new FormData(); f.append("a", new Blob(["x"])); const v = f.get("a"); return [v.name, v instanceof File]',
  'const f = new FormData(); f.append("a", new Blob(["x"]), "n"); return f.get("a").name',
  'const r = new Response("a=1&b=%20+", { headers: { "content-type": "application/x-www-form-urlencoded;charset=UTF-8" } }); return [...await r.formData()]',
  'return new Response("x", { headers: { "content-type": "text/plain" } }).formData()',
  'return new Response("x", { headers: { "content-type": "multipart/form-data" } }).formData()',
  'return new Response("--b\\r\\nno end", { headers: { "content-type": "multipart/form-data; boundary=b" } }).formData()',
  'const r = new Response(new FormData()); return /^multipart\\/form-data; boundary=/.test(r.headers.get("content-type"))',
])('%s', (code) => same(code))

test('a form as a browser sends it', async () => {
  const body = [
    '--XX',
    'Content-Disposition: form-data; name="title"',
    '',
    'Caf\u00e9',
    '--XX',
    'content-disposition: form-data; name="up%22load"; filename="a b.txt"',
    'Content-Type: text/plain',
    '',
    'line 1\r\n--XY\r\n',
    '--XX--',
    '',
  ].join('\r\n')
  const code = `
    const request = new Request('http://h', { method: 'POST', body: values, headers: { 'content-type': 'multipart/form-data; boundary="XX"' } })
    const form = await request.formData(), file = form.get('up"load')
    return [form.get('title'), file.name, file.type, await file.text()]`
  expect(await inGuest(code, body)).toEqual({
    value: ['Café', 'a b.txt', 'text/plain', 'line 1\r\n--XY\r\n'],
  })
})

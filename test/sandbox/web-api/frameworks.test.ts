import { expect, test } from 'vitest'
import { TestScript } from './harness.ts'

const HONO = `
import { Hono } from 'hono'
import { cors } from 'hono/cors'
import { basicAuth } from 'hono/basic-auth'
const app = new Hono()
app.use('/api/*', cors())
app.get('/', (c) => c.text('home of ' + c.req.header('host')))
app.get('/api/users/:id', (c) => c.json({ id: c.req.param('id'), page: c.req.query('page') }))
app.post('/api/users', async (c) => c.json(await c.req.json(), 201))
app.post('/form', async (c) => c.text((await c.req.parseBody()).name))
app.get('/away', (c) => c.redirect('/'))
app.get('/html', (c) => c.html('<h1>' + c.env.TITLE + '</h1>'))
app.get('/boom', () => { throw new Error('boom') })
app.onError((error, c) => c.text('caught ' + error.message, 500))
app.notFound((c) => c.text('nothing here', 404))
export default app
`

test('a Hono application runs unchanged', async () => {
  const app = new TestScript(HONO, { bindings: { TITLE: { kind: 'value', value: 'Shop' } } })
  const at = (path: string, more = {}) =>
    app.run({ request: { url: `https://shop.example${path}`, ...more } })
  expect(app.hooks).toEqual(['fetch'])
  expect(await at('/')).toMatchObject({ status: 200, body: 'home of shop.example' })
  const user = await at('/api/users/7?page=2', { headers: { origin: 'https://a.example' } })
  expect(user).toMatchObject({ status: 200, body: '{"id":"7","page":"2"}' })
  expect(user.fields).toContain('access-control-allow-origin')
  const json = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"a":1}' }
  expect(await at('/api/users', json)).toMatchObject({ status: 201, body: '{"a":1}' })
  const type = 'application/x-www-form-urlencoded'
  const form = { method: 'POST', headers: { 'content-type': type }, body: 'name=Ann+Lee' }
  expect(await at('/form', form)).toMatchObject({ status: 200, body: 'Ann Lee' })
  const away = await at('/away')
  expect(away.status).toBe(302)
  expect(away.fields).toEqual(expect.arrayContaining(['location', '/']))
  expect(await at('/html')).toMatchObject({ status: 200, body: '<h1>Shop</h1>' })
  expect(await at('/boom')).toMatchObject({ status: 500, body: 'caught boom' })
  expect(await at('/none')).toMatchObject({ status: 404, body: 'nothing here' })
})

const ITTY = `
import { AutoRouter, error, json } from 'itty-router'
const router = AutoRouter()
router
  .get('/hello/:name', ({ params, query }) => ({ hello: params.name, q: query.q }))
  .post('/echo', async (request) => json({ body: await request.json() }))
  .get('/forbidden', () => error(403, 'no'))
export default router
`

test('an itty-router application runs unchanged', async () => {
  const app = new TestScript(ITTY)
  const at = (path: string, more = {}) =>
    app.run({ request: { url: `https://shop.example${path}`, ...more } })
  expect(app.hooks).toEqual(['fetch'])
  const hello = await at('/hello/ann?q=1')
  expect(hello).toMatchObject({ status: 200, body: '{"hello":"ann","q":"1"}' })
  const post = { method: 'POST', body: '[1]' }
  expect(await at('/echo', post)).toMatchObject({ status: 200, body: '{"body":[1]}' })
  expect(await at('/forbidden')).toMatchObject({ status: 403 })
  expect(await at('/none')).toMatchObject({ status: 404 })
})

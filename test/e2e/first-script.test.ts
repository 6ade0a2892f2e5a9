import { join } from 'node:path'
import { expect, test } from 'vitest'
import { get } from '../harness/raw-client.ts'
import { sqliteMissing } from '../harness/sqlite-missing.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { examplesOn } from '../repository/pages.ts'

const examples = examplesOn(join('docs', 'guide', 'first-script.md'))
const example = (label: string) => examples.find((each) => each.label === label)?.text ?? ''
const [shop, wrap] = ['tenants/acme/shop.ts', 'tenants/acme/wrap.ts']
const [site, page] = ['tenants/acme/site.ts', 'pages/index.html']
const route = 'tenants/acme/route.ts'

test('the script of the guide answers as it says', async () => {
  const gateway = await startGateway({
    yaml: example('gateway.yaml').replace('8080', '%%PORT%%'),
    files: { [shop]: example(shop) },
  })
  const ada = await get(gateway.port(), '/shop/', { 'X-Name': 'Ada' })
  expect(ada.text).toBe('Good morning, Ada!\n')
  expect((await get(gateway.port(), '/shop/')).text).toBe('Good morning, stranger!\n')
  expect((await get(gateway.port(), '/shop/prices')).text).toBe('{"tea":3,"coffee":4}')
  expect((await get(gateway.port(), '/')).text).toBe('Welcome.\n')
})

test('the lines of the guide that fail, fail as it says', async () => {
  const lines = [
    "if (pathname === '/shop/spin') for (;;);",
    "if (pathname === '/shop/oh') throw new Error('oh no')",
  ]
  const text = example(shop).replace(
    /(const \{ pathname \}.*\n)/,
    `$1    ${lines.join('\n    ')}\n`,
  )
  const gateway = await startGateway({
    yaml: example('gateway.yaml').replace('8080', '%%PORT%%'),
    files: { [shop]: text },
    expected: ['script "shop.ts"'],
  })
  const spin = await get(gateway.port(), '/shop/spin')
  expect([spin.status, spin.headers.get('gateway-error')]).toEqual([503, 'script_cpu'])
  const oh = await get(gateway.port(), '/shop/oh')
  expect([oh.status, oh.headers.get('gateway-error')]).toEqual([500, 'script_error'])
  await gateway.logged(
    /script "shop.ts" of tenant "acme": script_error .* Error: oh no at fetch \(shop\.ts:11:\d+\)/,
  )
})

test('the script that wraps does', async () => {
  const gateway = await startGateway({
    yaml: example('wrap.yaml').replace('8080', '%%PORT%%'),
    files: { [wrap]: example(wrap), [page]: example(page) },
  })
  const refused = await get(gateway.port(), '/pages/')
  expect([refused.status, refused.text]).toEqual([403, 'Gold only.\n'])
  const { headers, status, text } = await get(gateway.port(), '/pages/', { 'X-Plan': 'gold' })
  expect([status, text, headers.get('x-wrapped')]).toEqual([200, example(page), 'yes'])
})

test.skipIf(sqliteMissing)('the site that counts its visitors does', async () => {
  const gateway = await startGateway({
    yaml: example('site.yaml')
      .replaceAll('127.0.0.1:8080', '127.0.0.1:%%PORT%%')
      .replaceAll('127.0.0.1:9000', '127.0.0.1:%%PORT_1%%'),
    files: { [site]: example(site), [page]: example(page) },
  })
  const answer = await get(gateway.port(), '/')
  expect(answer.text).toContain('You are visitor <b id="visits">1</b>.')
  expect(answer.text).toContain('<a href="http://example.com/" rel="nofollow">Elsewhere</a>')
  expect(answer.headers.get('content-type')).toBe('text/html')
  expect((await get(gateway.port(), '/')).text).toContain('<b id="visits">2</b>')
  const beta = await get(gateway.port(), '/', { 'X-Plan': 'beta' })
  expect(beta.text).toBe('The new shop opens soon.\n')
  await gateway.reload()
  expect((await get(gateway.port(), '/')).text).toContain('<b id="visits">3</b>')
})

test('the script that routes does', async () => {
  const gateway = await startGateway({
    yaml: example('route.yaml')
      .replaceAll('8080', '%%PORT%%')
      .replaceAll('9000', '%%PORT_1%%')
      .replaceAll('9001', '%%PORT_2%%'),
    files: { [route]: example(route) },
  })
  expect((await get(gateway.port(), '/api/v1/tea?a=1')).text).toBe('stable /api/v2/tea?a=1\n')
  const asked = await get(gateway.port(), '/api/v1/tea', { 'X-Preview': '1' })
  expect(asked.text).toBe('preview /api/v2/tea\n')
})

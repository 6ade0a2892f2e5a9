import { importJWK, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import { startExample } from '../harness/example.ts'
import type { Gateway } from '../harness/gateway.ts'
import { get } from '../harness/raw-client.ts'

// The key of RFC 8037, appendix A: the example has its public half.
const PAIR = {
  kty: 'OKP',
  crv: 'Ed25519',
  d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
}
const seconds = Math.floor(Date.now() / 1000)
const CLAIMS = { sub: 'ann', iss: 'https://login.example.com', aud: 'shop', exp: seconds + 3600 }

/** A token of the example's key with these claims beside, or instead of, the right ones. */
async function token(
  claims: JWTPayload = {},
  header = {},
  without: readonly string[] = [],
): Promise<string> {
  const all = Object.entries({ ...CLAIMS, ...claims }).filter(([name]) => !without.includes(name))
  return new SignJWT(Object.fromEntries(all))
    .setProtectedHeader({ alg: 'EdDSA', kid: '2026', ...header })
    .sign(await importJWK(PAIR, 'EdDSA'))
}

describe.each(['native', 'sandbox'])('the example jwt, %s', (isolation) => {
  let gateway: Gateway
  beforeAll(async () => {
    gateway = await startExample('jwt', {
      edit: (yaml) =>
        yaml.replace('./plugin.ts', `./plugin.ts isolation=${isolation}`).replace(
          '    - listen: 127.0.0.1:8081',
          `        /any/: { satisfy: any, allow: 127.0.0.1, deny: all, jwt: issuer=x audience=y, jwt_key: kty=OKP crv=Ed25519 x=${PAIR.x}, proxy_pass: 'http://127.0.0.1:8081' }
    - listen: 127.0.0.1:8081`,
        ),
    })
  })

  const ask = (credentials: string, path = '/api/') =>
    get(gateway.port(), path, credentials === '' ? {} : { Authorization: credentials })

  test('lets in who has a token, and tells the backend who it is', async () => {
    expect((await ask(`Bearer ${await token()}`)).text).toBe('hello ann\n')
    expect((await ask(`bearer ${await token({ aud: ['x', 'shop'] })}`)).text).toBe('hello ann\n')
    expect((await ask(`Bearer ${await token({ sub: 'Zoë' })}`)).text).toBe('hello Zoë\n')
  })

  test('a claim adds no field', async () => {
    const { status, text } = await ask(`Bearer ${await token({ sub: 'ann\r\nX-Admin: yes' })}`)
    expect([status, text]).toEqual([200, 'hello \n'])
  })

  test('asks for a token where there is none', async () => {
    for (const none of ['', 'Basic YTpi', 'Bearer', 'Bearer a b']) {
      const { headers, status } = await ask(none)
      expect([status, headers.get('www-authenticate')], none).toEqual([401, 'Bearer'])
    }
    expect((await ask('', '/any/')).text).toBe('hello \n')
  })

  test('refuses what is not signed, not for it, or not at this time', async () => {
    const good = await token()
    const [head = '', body = '', signature = ''] = good.split('.')
    const symmetric = new SignJWT(CLAIMS).setProtectedHeader({ alg: 'HS256', kid: '2026' })
    const bad = {
      'another body': `${head}.${(await token({ sub: 'eve' })).split('.')[1]}.${signature}`,
      'no signature': `${head}.${body}.`,
      'alg none': new UnsecuredJWT(CLAIMS).encode(),
      'the public key as a secret': await symmetric.sign(Buffer.from(PAIR.x, 'base64url')),
      'an unknown key': await token({}, { kid: '2025' }),
      'another issuer': await token({ iss: 'https://evil.example.com' }),
      'another audience': await token({ aud: 'bank' }),
      'no time to end': await token({}, {}, ['exp']),
      'expired beyond the leeway': await token({ exp: seconds - 60 }),
      'not yet valid': await token({ nbf: seconds + 600 }),
      'no token at all': 'abc',
    }
    for (const [what, text] of Object.entries(bad)) {
      const { headers, status } = await ask(`Bearer ${text}`)
      const said = [status, headers.get('www-authenticate')]
      expect(said, what).toEqual([401, 'Bearer error="invalid_token"'])
    }
  })

  test('allows for clocks that are off', async () => {
    const soon = await token({ exp: seconds - 5, nbf: seconds + 10 })
    expect((await ask(`Bearer ${soon}`)).status).toBe(200)
  })
})

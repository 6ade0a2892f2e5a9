import {
  byteString,
  definePlugin,
  directive,
  type Entry,
  type Exchange,
  Head,
  requestValue,
  time,
  type Verdict,
} from 'gateway/plugin'
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type JWK,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose'

/** What a token has to say. */
interface Expected {
  readonly issuer: string
  readonly audience: string
}

interface Check {
  readonly expected: Expected
  readonly keyFor: JWTVerifyGetKey
  /** In seconds. */
  readonly leeway: number
}

/** Signatures by a key pair alone: whoever can check such a token cannot make one. */
const ALGORITHMS = ['EdDSA', 'Ed25519', 'ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'RS256']
/** A set of keys is fetched again after so long, in milliseconds. */
const KEYS_LAST = 600_000
/** A token of an unknown key has the set fetched at once, but so often at most. */
const KEYS_REST = 30_000
const FETCH_TIME = 5_000

/** What the token said, as JSON, for the variables. */
const payload = requestValue('jwt_payload')

/** An access check: lets in who has a token that somebody known has signed. */
export default definePlugin({
  name: 'jwt',
  doc: 'Lets in requests that carry a valid JSON Web Token.',
  directives: {
    jwt: directive<Expected | undefined>({
      in: ['http', 'server', 'location'],
      default: undefined,
      doc: 'Who must have made the tokens, and for whom (claims iss and aud).',
      usage: 'issuer=name audience=name',
      min: 2,
      max: 2,
      read: (entry) => ({ issuer: option(entry, 'issuer'), audience: option(entry, 'audience') }),
    }),
    jwt_key: directive<readonly JWK[]>({
      in: ['http', 'server', 'location'],
      default: [],
      doc: 'A public key, by the members of its JSON Web Key (RFC 7517).',
      usage: 'kty=type [kid=name] [crv=name] [x=…] …',
      min: 2,
      max: 12,
      repeat: true,
      read: (entry, before = []) => [...before, readKey(entry)],
    }),
    jwt_keys: directive<URL | undefined>({
      in: ['http', 'server', 'location'],
      default: undefined,
      doc: 'The address of a set of public keys (JWKS), instead of jwt_key.',
      usage: 'url',
      min: 1,
      max: 1,
      read: (entry) => {
        const [text = ''] = entry.args
        const url = URL.canParse(text) ? new URL(text) : undefined
        if (!url || !/^https?:$/.test(url.protocol)) return entry.fail(`"${text}" is no address`)
        if (url.protocol === 'http:')
          entry.warn('keys come over http: who is between can make tokens')
        return url
      },
    }),
    jwt_leeway: time({
      in: ['http', 'server', 'location'],
      default: 30_000,
      doc: 'How far the clocks of those who make tokens may be off.',
    }),
  },
  prepare: ({ jwt, jwt_key, jwt_keys, jwt_leeway }, place): Check | undefined => {
    if (!jwt) return undefined
    if (!jwt_keys && jwt_key.length === 0) place.fail('"jwt" needs "jwt_key" or "jwt_keys"')
    const keyFor = jwt_keys ? fetched(jwt_keys) : createLocalJWKSet({ keys: [...jwt_key] })
    return { expected: jwt, keyFor, leeway: Math.ceil(jwt_leeway / 1000) }
  },
  access: (x, check: Check) => {
    const token = bearer(x)
    if (token === undefined) return refuse(x, 'Bearer')
    return jwtVerify(token, check.keyFor, {
      ...check.expected,
      algorithms: ALGORITHMS,
      clockTolerance: check.leeway,
      // Without a time to end, a token that was stolen is good for ever.
      requiredClaims: ['exp'],
    }).then(
      (verified) => {
        payload.set(x, JSON.stringify(verified.payload))
        return 'pass' as const
      },
      (error: unknown) => failed(x, error),
    )
  },
  families: {
    jwt_claim_: {
      doc: 'A claim of the token: $jwt_claim_sub.',
      make: (name) => (x) => claim(payload.get(x), name),
    },
  },
})

/** Native only: a plugin in the sandbox has no way out, so its keys have to be written down. */
function fetched(url: URL): JWTVerifyGetKey {
  return createRemoteJWKSet(url, {
    cacheMaxAge: KEYS_LAST,
    cooldownDuration: KEYS_REST,
    timeoutDuration: FETCH_TIME,
  })
}

function option(entry: Entry, name: string): string {
  const word = entry.args.find((each) => each.startsWith(`${name}=`))
  return word?.slice(name.length + 1) || entry.fail(`names no ${name}`, `write ${name}=…`)
}

function readKey(entry: Entry): JWK {
  const members = entry.args.map(
    (word) => /^(\w+)=(.+)$/.exec(word) ?? entry.fail(`"${word}" is no name=value`),
  )
  const key = Object.fromEntries(members.map(([, name, value]) => [name, value]))
  // Whoever has one of these could make tokens; it has no business here.
  if ('d' in key || 'k' in key) return entry.fail('the key is not a public one')
  return 'kty' in key ? key : entry.fail('the key names no kty')
}

/** RFC 6750, section 2.1. */
function bearer(x: Exchange): string | undefined {
  const [, token] = /^Bearer +([\w.~+/-]+=*)$/i.exec(x.headers.get('authorization') ?? '') ?? []
  return token
}

function failed(x: Exchange, error: unknown): Verdict {
  const { code = '', message } = error as Partial<errors.JOSEError>
  x.log('info', `token refused: ${code} ${message}`)
  // The token is to blame for what it holds, but not for keys that cannot be had.
  const ofToken =
    error instanceof errors.JWTClaimValidationFailed ||
    error instanceof errors.JWTExpired ||
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JOSEAlgNotAllowed ||
    error instanceof errors.JOSENotSupported ||
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys
  return ofToken ? refuse(x, 'Bearer error="invalid_token"') : 503
}

/** RFC 6750, section 3: what was wrong is for the log, not for who tries tokens out. */
function refuse(x: Exchange, challenge: string): Verdict {
  // Under `satisfy any` another check may still let the request in.
  if (x.location.settings.satisfy === 'any') return 401
  const head = new Head(401)
  head.fields.add('WWW-Authenticate', challenge)
  return x.finish(401, head)
}

function claim(text: string | undefined, name: string): string | undefined {
  if (text === undefined) return undefined
  const claims = JSON.parse(text) as JWTPayload
  const value = Object.hasOwn(claims, name) ? claims[name] : undefined
  if (value === undefined || value === null) return undefined
  const shown = typeof value === 'object' ? JSON.stringify(value) : String(value)
  // A user may have chosen it: it must not end a header field or a line of a log.
  return /\p{Cc}/u.test(shown) ? undefined : byteString(shown)
}

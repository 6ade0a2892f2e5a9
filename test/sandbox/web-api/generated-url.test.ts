import { generated, many, pick, type Random } from './generated.ts'

const SCHEMES = ['http:', 'https:', 'HTTP:', 'ftp:', 'ws:', 'file:', 'data:', 'x-y:', 'a:', '', ':']
const HOSTS = [
  ...[
    'h',
    'EXAMPLE.com',
    'a.b.c',
    '127.1',
    '0x7f.1',
    '1.2.3.4.5',
    '[::1]',
    '[1:2::3]',
    '[::g]',
    '',
  ],
  ...[
    'ü.de',
    'xn--tda.de',
    '%41',
    'a b',
    'a<b',
    'a_b',
    '-',
    '.',
    '..',
    'h.',
    '999999999999',
    '[::1.2.3.4]',
  ],
]
const PARTS = [
  ...[
    'a',
    'b',
    '.',
    '..',
    '%2e',
    '%2E%2e',
    '',
    ' ',
    '%',
    '%zz',
    '%41',
    'é',
    '日',
    '\ud800',
    '\0',
    '\t',
    '\n',
  ],
  ...[
    '\\',
    '/',
    '//',
    ':',
    '@',
    ';x',
    '|',
    'C:',
    'c|',
    '{',
    '`',
    '"',
    "'",
    '<',
    '>',
    '^',
    '~',
    '[',
    ']',
  ],
]

function someUrl(random: Random): string {
  const text = (most: number) => many(random, most, () => pick(random, PARTS)).join('')
  const slashes = pick(random, ['//', '//', '//', '/', '', '///', '\\\\'])
  const user = random() < 0.2 ? `${text(2)}${pick(random, ['', ':'])}${text(1)}@` : ''
  const port =
    random() < 0.3 ? `:${pick(random, ['80', '443', '0', '65535', '65536', '', 'x', '8 0'])}` : ''
  const path = many(random, 4, () => `/${text(2)}`).join('')
  const query = random() < 0.4 ? `?${text(3)}` : ''
  const hash = random() < 0.3 ? `#${text(3)}` : ''
  return `${pick(random, SCHEMES)}${slashes}${user}${pick(random, HOSTS)}${port}${path}${query}${hash}`
}

generated(
  'URLs',
  `const [input, base] = value
    const url = base === null ? new URL(input) : new URL(input, base)
    return ['href', 'origin', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'hash'].map((piece) => url[piece])`,
  (random) => [someUrl(random), random() < 0.4 ? someUrl(random) : null],
)

generated(
  'relative references',
  'return [new URL(value, "http://u:p@h:8080/a/b/c?q#f").href, new URL(value, "file:///C:/x/y").href]',
  (random) => someUrl(random).replace(/^[^:]*:/, ''),
)

/** What Node 20 has otherwise than the standard: what is not ASCII beside a malformed escape. */
const QUERIES = PARTS.filter((part) => !/[^\0-\x7f]/.test(part)).concat(
  '&',
  '=',
  '+',
  '%20',
  '%C3%A9',
)

generated(
  'search parameters',
  `const params = new URLSearchParams(value)
    return [[...params], String(params), params.get('a'), params.getAll('b'), params.size]`,
  (random) => many(random, 10, () => pick(random, QUERIES)).join(''),
)

generated(
  'search parameters of pairs',
  'const params = new URLSearchParams(value); params.sort(); return [String(params), params.has("a"), params.has("a", "b")]',
  (random) => many(random, 6, () => [pick(random, PARTS), pick(random, PARTS)]),
)

const NAMES = ['a', 'B', 'x-y', 'Set-Cookie', 'set-cookie', '', 'a b', 'é', 'x:', '\0', '__proto__']
const VALUES = [
  '',
  '1',
  ' two ',
  '\tx\r\n',
  'a,b',
  'é',
  '日',
  'a\nb',
  '\0',
  '\x7f',
  '\x01',
  '"q"',
  ', ,',
]

generated(
  'headers',
  'const headers = new Headers(value); return [[...headers], headers.getSetCookie(), headers.get("A"), headers.has("x-Y")]',
  (random) => many(random, 6, () => [pick(random, NAMES), pick(random, VALUES)]),
)

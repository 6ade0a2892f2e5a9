import { describe, expect, test } from 'vitest'
import { inGuest, same } from './same.ts'

// What the Encoding Standard and the Fetch Standard say, rule by rule, and what Node makes of the same.

/** Ill-formed UTF-8 by its kind, and U+FFFD for each maximal part of it that could have begun one. */
const ILL_FORMED: readonly (readonly [kind: string, bytes: readonly number[], marks: number])[] = [
  ['a continuation alone', [0x80], 1],
  ['continuations alone', [0x80, 0xbf, 0x80], 3],
  ['bytes that are in no text', [0xc0, 0xc1, 0xf5, 0xff], 4],
  ['an overlong pair', [0xc0, 0xaf], 2],
  ['an overlong triple', [0xe0, 0x80, 0xaf], 3],
  ['an overlong quadruple', [0xf0, 0x80, 0x80, 0xaf], 4],
  ['a surrogate', [0xed, 0xa0, 0x80], 3],
  ['a pair of surrogates', [0xed, 0xa0, 0x80, 0xed, 0xb0, 0x80], 6],
  ['what lies behind U+10FFFF', [0xf4, 0x90, 0x80, 0x80], 4],
  ['a pair cut short', [0xc2], 1],
  ['a triple cut after one', [0xe2], 1],
  ['a triple cut after two', [0xe2, 0x82], 1],
  ['a quadruple cut after two', [0xf0, 0x9f], 1],
  ['a quadruple cut after three', [0xf0, 0x9f, 0x98], 1],
  ['a triple cut by another', [0xe2, 0x82, 0xe2, 0x82], 2],
  ['a quadruple cut by a pair that is one', [0xf0, 0x9f, 0xc3], 2],
]

describe('ill-formed UTF-8', () => {
  test.each(ILL_FORMED)('%s', async (_, bytes, marks) => {
    const wrapped = [0x41, ...bytes, 0x42]
    const code = `
      const all = new Uint8Array(values), plain = new TextDecoder().decode(all), cut = []
      for (let at = 0; at <= all.length; at++) {
        const decoder = new TextDecoder()
        cut.push(decoder.decode(all.subarray(0, at), { stream: true }) + decoder.decode(all.subarray(at)))
      }
      let single = ''
      const decoder = new TextDecoder()
      for (const byte of all) single += decoder.decode(new Uint8Array([byte]), { stream: true })
      single += decoder.decode()
      let fatal = 'taken'
      try { new TextDecoder('utf-8', { fatal: true }).decode(all) } catch (error) { fatal = error.name }
      return [plain, cut.every((each) => each === plain), single === plain, fatal]`
    await same(code, wrapped)
    const expected = `A${'\ufffd'.repeat(marks)}B`
    expect(await inGuest(code, wrapped)).toEqual({ value: [expected, true, true, 'TypeError'] })
  })
})

describe('a byte order mark', () => {
  const MARKS: readonly (readonly [label: string, bytes: readonly number[], text: string])[] = [
    ['utf-8', [0xef, 0xbb, 0xbf, 0x61], 'a'],
    ['utf-16le', [0xff, 0xfe, 0x61, 0x00], 'a'],
    ['utf-16be', [0xfe, 0xff, 0x00, 0x61], 'a'],
  ]

  test.each(MARKS)('of %s is taken off, once, wherever it is cut', async (label, bytes, text) => {
    const code = `
      const [label, bytes] = values, all = new Uint8Array(bytes), seen = new Set()
      for (let at = 0; at <= all.length; at++) {
        const decoder = new TextDecoder(label)
        seen.add(decoder.decode(all.subarray(0, at), { stream: true }) + decoder.decode(all.subarray(at)))
      }
      const again = new TextDecoder(label), twice = [again.decode(all), again.decode(all)]
      return [[...seen], new TextDecoder(label, { ignoreBOM: true }).decode(all), twice]`
    await same(code, [label, bytes])
    expect(await inGuest(code, [label, bytes])).toEqual({
      value: [[text], `\ufeff${text}`, [text, text]],
    })
  })

  test('of another encoding is text', async () => {
    await same(`return new TextDecoder('utf-8').decode(new Uint8Array([0xff, 0xfe, 0x61, 0x00]))`)
    await same(
      `return new TextDecoder('utf-16le').decode(new Uint8Array([0xef, 0xbb, 0xbf, 0x61]))`,
    )
  })
})

/** Labels of the Encoding Standard, section 4.2, by the name of their encoding. */
const LABELS: Readonly<Record<string, string>> = {
  'utf-8': 'unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8',
  ibm866: '866 cp866 csibm866 ibm866',
  'iso-8859-2':
    'csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 l2 latin2',
  'iso-8859-3':
    'csisolatin3 iso-8859-3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 l3 latin3',
  'iso-8859-4':
    'csisolatin4 iso-8859-4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 l4 latin4',
  'iso-8859-5':
    'csisolatincyrillic cyrillic iso-8859-5 iso-ir-144 iso8859-5 iso88595 iso_8859-5 iso_8859-5:1988',
  'iso-8859-6':
    'arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6 iso-8859-6-e iso-8859-6-i iso-ir-127 iso8859-6 iso88596 iso_8859-6 iso_8859-6:1987',
  'iso-8859-7':
    'csisolatingreek ecma-118 elot_928 greek greek8 iso-8859-7 iso-ir-126 iso8859-7 iso88597 iso_8859-7 iso_8859-7:1987 sun_eu_greek',
  'iso-8859-8':
    'csiso88598e csisolatinhebrew hebrew iso-8859-8 iso-8859-8-e iso-ir-138 iso8859-8 iso88598 iso_8859-8 iso_8859-8:1988 visual',
  'iso-8859-8-i': 'csiso88598i iso-8859-8-i logical',
  'iso-8859-10': 'csisolatin6 iso-8859-10 iso-ir-157 iso8859-10 iso885910 l6 latin6',
  'iso-8859-13': 'iso-8859-13 iso8859-13 iso885913',
  'iso-8859-14': 'iso-8859-14 iso8859-14 iso885914',
  'iso-8859-15': 'csisolatin9 iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9',
  'koi8-r': 'cskoi8r koi koi8 koi8-r koi8_r',
  'koi8-u': 'koi8-ru koi8-u',
  macintosh: 'csmacintosh mac macintosh x-mac-roman',
  'windows-874': 'dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874',
  'windows-1250': 'cp1250 windows-1250 x-cp1250',
  'windows-1251': 'cp1251 windows-1251 x-cp1251',
  'windows-1252':
    'ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 iso_8859-1 iso_8859-1:1987 l1 latin1 us-ascii windows-1252 x-cp1252',
  'windows-1253': 'cp1253 windows-1253 x-cp1253',
  'windows-1254':
    'cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 l5 latin5 windows-1254 x-cp1254',
  'windows-1255': 'cp1255 windows-1255 x-cp1255',
  'windows-1256': 'cp1256 windows-1256 x-cp1256',
  'windows-1257': 'cp1257 windows-1257 x-cp1257',
  'windows-1258': 'cp1258 windows-1258 x-cp1258',
  'x-mac-cyrillic': 'x-mac-cyrillic x-mac-ukrainian',
  gbk: 'chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk',
  gb18030: 'gb18030',
  big5: 'big5 big5-hkscs cn-big5 csbig5 x-x-big5',
  'euc-jp': 'cseucpkdfmtjapanese euc-jp x-euc-jp',
  'iso-2022-jp': 'csiso2022jp iso-2022-jp',
  shift_jis: 'csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis',
  'euc-kr':
    'cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 windows-949',
  'utf-16be': 'unicodefffe utf-16be',
  'utf-16le': 'csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16le',
}

test('each label is that of its encoding, in any case and between blanks', async () => {
  const all = Object.entries(LABELS).flatMap(([name, labels]) => {
    return labels.split(' ').map((label) => [label, name] as const)
  })
  const code = `return values.map((label) => {
    const written = [label, '\\t' + label.toUpperCase() + '\\n ']
    return written.map((each) => { try { return new TextDecoder(each).encoding } catch (error) { return error.name } })
  })`
  const labels = all.map(([label]) => label)
  const { value } = (await inGuest(code, labels)) as { value: string[][] }
  const found = labels.map((label, i) => [label, ...(value[i] as string[])])
  expect(found).toEqual(all.map(([label, name]) => [label, name, name]))
})

test('what is no label is none', async () => {
  const code = `return values.map((label) => { try { return new TextDecoder(label).encoding } catch (error) { return error.name } })`
  const none = ['', 'utf', 'utf-8\u0000', 'utf-7', 'utf-32', 'x-none', '\u00a0utf-8', 'cesu-8']
  expect(await inGuest(code, none)).toEqual({ value: none.map(() => 'RangeError') })
})

describe('Headers (Fetch Standard, section 5.1)', () => {
  const VECTORS: readonly (readonly [rule: string, code: string, expected: unknown])[] = [
    [
      'values lose white space around them, and nothing else',
      `return ['\\t\\n\\r a \\t\\n\\r', ' ', 'a\\tb', '\\x80\\xff'].map((each) => new Headers([['n', each]]).get('n'))`,
      ['a', '', 'a\tb', '\x80\xff'],
    ],
    [
      'NUL, CR and LF within a value, and what is no byte, are refused',
      `return ['a\\0b', 'a\\nb', 'a\\rb', 'a\\r\\nb', '\\u0100'].map((each) => { try { new Headers([['n', each]]); return 'taken' } catch (error) { return error.name } })`,
      Array(5).fill('TypeError'),
    ],
    [
      'names are tokens',
      `return ['', ' ', 'a b', 'a:', 'a\\n', 'é', 'a\\0', '(', ')', '<', '>', '@', ',', ';', '"', '/', '[', ']', '?', '=', '{', '}', '\\\\'].map((each) => { try { new Headers([[each, '']]); return each } catch (error) { return error.name } })`,
      Array(23).fill('TypeError'),
    ],
    [
      'and every token is one',
      `const tokens = "!#$%&'*+-.^_\`|~0aZ"; const headers = new Headers([[tokens, 'v']]); return [[...headers], headers.get(tokens.toUpperCase())]`,
      [[["!#$%&'*+-.^_`|~0az", 'v']], 'v'],
    ],
    [
      'names are sorted by their bytes, in lower case',
      `return [...new Headers([['b', '1'], ['A', '2'], ['-', '3'], ['_', '4'], ['a-b', '5'], ['0', '6']]).keys()]`,
      ['-', '0', '_', 'a', 'a-b', 'b'],
    ],
    [
      'values of a name are combined, empty ones as well',
      `const headers = new Headers([['n', ''], ['N', 'a'], ['n', '']]); headers.append('n', 'b, c'); return [headers.get('n'), [...headers]]`,
      [', a, , b, c', [['n', ', a, , b, c']]],
    ],
    [
      'set replaces all, and delete takes all',
      `const headers = new Headers([['a', '1'], ['A', '2'], ['b', '3']]); headers.set('A', '4'); headers.delete('B'); return [[...headers], headers.has('b'), headers.get('b')]`,
      [[['a', '4']], false, null],
    ],
    [
      'cookies stay apart, in their order',
      `const headers = new Headers([['set-cookie', 'b=1'], ['x', '2'], ['Set-Cookie', 'a=3']]); return [headers.getSetCookie(), headers.get('set-cookie'), [...headers]]`,
      [
        ['b=1', 'a=3'],
        'b=1, a=3',
        [
          ['set-cookie', 'b=1'],
          ['set-cookie', 'a=3'],
          ['x', '2'],
        ],
      ],
    ],
    [
      'cookies that are set or deleted',
      `const headers = new Headers([['set-cookie', 'a'], ['set-cookie', 'b']]); headers.set('set-cookie', 'c'); const set = headers.getSetCookie(); headers.delete('Set-Cookie'); return [set, headers.getSetCookie(), headers.has('set-cookie')]`,
      [['c'], [], false],
    ],
    [
      'who iterates sees what is added behind the place it has come to',
      `const headers = new Headers([['a', '1'], ['c', '3']]), seen = []; for (const [name] of headers) { seen.push(name); if (name === 'a') headers.append('b', '2'); if (seen.length > 9) break } return seen`,
      ['a', 'b', 'c'],
    ],
    [
      'and goes on by number where something before it goes',
      `const headers = new Headers([['a', '1'], ['b', '2'], ['c', '3'], ['d', '4']]), seen = []; for (const [name] of headers) { seen.push(name); if (name === 'b') headers.delete('a') } return seen`,
      ['a', 'b', 'd'],
    ],
    [
      'what is no pair is refused',
      `return [[['a']], [['a', 'b', 'c']], [[]], 'ab', 5].map((each) => { try { new Headers(each); return 'taken' } catch (error) { return error.name } })`,
      Array(5).fill('TypeError'),
    ],
  ]

  test.each(VECTORS)('%s', async (_, code, expected) => {
    expect(await inGuest(code)).toEqual({ value: expected })
  })

  test.each(VECTORS)('in Node, too: %s', async (_, code) => same(code))
})

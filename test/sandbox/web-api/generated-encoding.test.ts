import { generated, many, pick } from './generated.ts'

const LABELS = `
utf-8,utf8,unicode-1-1-utf-8,x-unicode20utf8,utf-16,utf-16le,ucs-2,utf-16be,csunicode,
ibm866,cp866,iso-8859-2,l2,latin2,iso-8859-3,iso-8859-4,iso-8859-5,cyrillic,iso-8859-6,
arabic,iso-8859-7,greek,iso-8859-8,hebrew,iso-8859-8-i,logical,iso-8859-10,iso-8859-13,
iso-8859-14,iso-8859-15,l9,iso-8859-16,koi8-r,koi8,koi8-u,macintosh,mac,windows-874,
tis-620,windows-1250,windows-1251,cp1251,windows-1253,windows-1254,latin5,windows-1255,
windows-1256,windows-1257,windows-1258,x-mac-cyrillic,gbk,gb2312,chinese,gb18030,big5,
big5-hkscs,euc-jp,iso-2022-jp,shift_jis,sjis,ms932,windows-31j,euc-kr,ksc5601,replacement,
utf-7,x-user-defined,utf-32,none,,utf 8,latin-1`
  .replaceAll('\n', '')
  .split(',')

generated('labels of encodings', 'return new TextDecoder(value).encoding', (random) => {
  const label = pick(random, LABELS)
  const cased = random() < 0.3 ? label.toUpperCase() : label
  return random() < 0.3
    ? `${pick(random, [' ', '\t', '\n', '\f', '\v', '\u00a0'])}${cased} `
    : cased
})

/** Where Node's encoder takes labels it can decode as the standard says. */
const DECODED = [
  'utf-8',
  'utf-16le',
  'utf-16be',
  'ibm866',
  'iso-8859-2',
  'iso-8859-5',
  'koi8-r',
  'windows-1251',
  'gbk',
  'big5',
  'euc-jp',
  'shift_jis',
  'euc-kr',
]

generated(
  'bytes in their encodings',
  'const [label, fatal, bytes] = value; return new TextDecoder(label, { fatal }).decode(new Uint8Array(bytes))',
  (random) => {
    const edge = [
      0x00, 0x41, 0x7f, 0x80, 0x81, 0xa1, 0xbf, 0xc2, 0xe0, 0xed, 0xf0, 0xf4, 0xfe, 0xff, 0x30,
      0x5c,
    ]
    const bytes = many(random, 8, () =>
      random() < 0.5 ? pick(random, edge) : Math.floor(random() * 256),
    )
    return [pick(random, DECODED), random() < 0.3, bytes]
  },
)

generated(
  'base64',
  'return [(() => { try { return atob(value) } catch (error) { return error.name } })(), btoa(value)]',
  (random) =>
    many(random, 9, () =>
      pick(random, ['A', 'z', '/', '+', '=', ' ', '\n', '\f', '-', 'é', '\0', 'ÿ']),
    ).join(''),
)

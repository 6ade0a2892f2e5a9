import { describe, expect, test } from 'vitest'
import { hashFiles, readArchive } from '../../src/packages/archive/archive.ts'
import { LIMITS } from '../../src/packages/limits.ts'
import { packageTarball, type TarEntry, tarball } from '../harness/tarball.ts'

const read = (...entries: readonly TarEntry[]) => readArchive(tarball(entries), 'demo')
const file: TarEntry = { path: 'package/a.txt', content: 'a' }

describe('an archive', () => {
  test('is read below its folder, in the order of names', () => {
    const files = readArchive(packageTarball({ 'b/c.txt': 'c', 'a.txt': 'a' }), 'demo')
    expect([...files].map(([path, bytes]) => [path, Buffer.from(bytes).toString()])).toEqual([
      ['a.txt', 'a'],
      ['b/c.txt', 'c'],
    ])
  })

  test('has the same hash however it was packed, and another for other content', () => {
    const one = read(file, { path: 'package/b', content: 'b' })
    const other = read({ path: 'x/b', content: 'b' }, { path: 'x/a.txt', content: 'a' })
    expect(hashFiles(other)).toBe(hashFiles(one))
    expect(hashFiles(read(file, { path: 'package/b', content: 'c' }))).not.toBe(hashFiles(one))
    expect(hashFiles(read(file, { path: 'package/c', content: 'b' }))).not.toBe(hashFiles(one))
  })

  test('may hold folders', () => {
    expect([...read({ path: 'package/', type: '5' }, file).keys()]).toEqual(['a.txt'])
  })
})

describe('an archive is refused, by plugin, file and mend, with', () => {
  const long = `package/${'d/'.repeat(40)}${'e'.repeat(60)}/${'f'.repeat(60)}/${'g'.repeat(60)}`
  test.each<[string, RegExp, ...TarEntry[]]>([
    [
      'a symbolic link',
      /"package\/l" .*symbolic link/,
      { path: 'package/l', type: '2', link: '/' },
    ],
    [
      'a hard link',
      /"package\/l" .*hard link/,
      { path: 'package/l', type: '1', link: 'package/a' },
    ],
    ['a character device', /"package\/d" .*is a device/, { path: 'package/d', type: '3' }],
    ['a block device', /"package\/d" .*is a device/, { path: 'package/d', type: '4' }],
    ['a pipe', /"package\/p" .*is a pipe/, { path: 'package/p', type: '6' }],
    ['something unknown', /"package\/u" .*neither/, { path: 'package/u', type: 'Q' }],
    ['a path upwards', /leads out of the package/, { path: 'package/../../x', content: 'x' }],
    ['an absolute path', /leads out of the package/, { path: '/etc/x', content: 'x' }],
    [
      'a path with a backslash',
      /leads out of the package/,
      { path: 'package/..\\x', content: 'x' },
    ],
    ['a folder upwards', /leads out of the package/, { path: 'package/../', type: '5' }],
    ['a file beside its folder', /beside the folder/, { path: 'x', content: 'x' }],
    ['a file twice', /"a.txt" .*twice/, file, file],
    ['a file that is a folder', /"a.txt" .*a file and a folder/, file, { path: 'package/a.txt/b' }],
    ['a long path', /is longer than 240 bytes/, { path: long, content: 'x' }],
    ['a size that is not true', /larger than the archive/, { path: 'package/a', size: 2 ** 32 }],
  ])('%s', (_, fault, ...entries) => {
    const attempt = () => read({ path: 'package/package.json', content: '{}' }, ...entries)
    expect(attempt).toThrow(fault)
    expect(attempt).toThrow(/^plugin "demo": .*; packages hold plain files alone: ask its author/)
  })

  test('more than it may unpack to, of which no more is unpacked', () => {
    const bomb = tarball([{ path: 'package/zeros', content: Buffer.alloc(LIMITS.unpacked + 1) }])
    expect(bomb.length).toBeLessThan(LIMITS.unpacked / 500)
    expect(() => readArchive(bomb, 'demo')).toThrow(
      'plugin "demo": its archive: unpacks to more than 100 MB; ask its author for a smaller package',
    )
  })

  test('more files than a package may have', () => {
    const many = Array.from({ length: LIMITS.entries + 1 }, (_, i) => ({ path: `package/${i}` }))
    expect(() => read(...many)).toThrow('holds more than 10000 files')
  })

  test('bytes that are no archive', () => {
    expect(() => readArchive(Buffer.from('no'), 'demo')).toThrow(/is no gzip .*; fetch it anew/)
    const half = tarball([file]).subarray(0, 40)
    expect(() => readArchive(half, 'demo')).toThrow(/its archive: is/)
  })
})

import { execFileSync } from 'node:child_process'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { runCommand } from '../harness/command.ts'
import { atom, type Change, type MadeTrack, movie, numbers } from '../harness/movie.ts'
import { nginxMissing } from '../harness/nginx.ts'
import { get } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { type Ask, type Twins, twins } from '../harness/twins.ts'
import { Workspace } from '../harness/workspace.ts'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

// Movies of ten seconds that are made atom by atom, cut by the gateway and by nginx.

const VIDEO: MadeTrack = {
  kind: 'video',
  timescale: 600,
  times: [
    [60, 60],
    [20, 90],
    [10, 60],
  ],
  runs: [
    [1, 4],
    [6, 10],
    [9, 1],
    [10, 6],
  ],
  keyFrames: [1, 13, 31, 62, 80],
  compositions: [
    [10, 5],
    [50, 60],
    [30, 0],
  ],
}
const AUDIO: MadeTrack = { kind: 'audio', timescale: 8000, times: [[50, 1600]], runs: [[1, 7]] }

const files = new Workspace('mp4')
const tracks = [VIDEO, AUDIO]

const put = (name: string, bytes: Buffer) => files.write(name, bytes)
put('front.mp4', movie({ tracks }))
put('behind.mp4', movie({ tracks, index: 'behind' }))
put('video.mp4', movie({ tracks: [VIDEO] }))
put('audio.m4a', movie({ tracks: [AUDIO] }))
put(
  'long.mp4',
  movie({ tracks: tracks.map((track) => ({ ...track, offsets: 'co64', version: 1 })) }),
)
put('uniform.mp4', movie({ tracks: [{ ...VIDEO, size: 9 }] }))
put('one-chunk.mp4', movie({ tracks: [{ ...AUDIO, runs: [[1, 50]] }] }))
put('folder.mp4/x', Buffer.from('x'))
const short = { ...AUDIO, times: [[20, 1600]] } as const
put('short-audio.mp4', movie({ tracks: [VIDEO, short] }))

/** Movies of which one atom says something else. */
const FALSE: Record<string, Buffer> = {}
const lie = (name: string, atomName: string, change: (contents: Buffer) => Buffer | undefined) => {
  const one: Change = (each, contents) => (each === atomName ? change(contents) : contents)
  FALSE[name] = movie({ tracks, change: one })
}
const word = (at: number, value: number) => (contents: Buffer) => {
  const changed = Buffer.from(contents)
  if (at + 4 <= changed.length) changed.writeUInt32BE(value, at)
  return changed
}
for (const name of ['stts', 'stss', 'ctts', 'stsc', 'stco']) {
  lie(`${name}-count`, name, word(4, 0x20_00_00_01))
  lie(`${name}-many`, name, word(4, 0xff_ff_ff_ff))
}
for (const name of [
  'mvhd',
  'tkhd',
  'mdhd',
  'stsd',
  'stts',
  'stss',
  'ctts',
  'stsc',
  'stsz',
  'stco',
]) {
  lie(`${name}-short`, name, () => numbers(0))
}
for (const name of ['stts', 'stsc', 'stco', 'mdat', 'trak', 'mdia'])
  lie(`${name}-gone`, name, () => undefined)
lie('stsz-count', 'stsz', word(8, 0x40_00_00_01))
lie('stsz-few', 'stsz', word(8, 3))
lie('stco-few', 'stco', word(4, 2))
lie('stts-few', 'stts', word(8, 1))
lie('stts-none', 'stts', word(4, 0))
lie('stsc-none', 'stsc', word(4, 0))
lie('stsc-zero-chunk', 'stsc', word(8, 0))
lie('stsc-zero-samples', 'stsc', word(12, 0))
lie('stsc-unordered', 'stsc', word(20, 0x7f_ff_ff_ff))
lie('stsc-first', 'stsc', word(8, 0x7f_ff_ff_ff))
lie('stco-far', 'stco', (contents) =>
  Buffer.alloc(contents.length, 0xf0).fill(contents.subarray(0, 8), 0, 8),
)
lie('stco-same', 'stco', (contents) =>
  Buffer.alloc(contents.length).fill(contents.subarray(0, 8), 0, 8),
)
lie('mvhd-over', 'mvhd', word(16, 1))
lie('tkhd-over', 'tkhd', word(20, 1))
lie('mdhd-over', 'mdhd', word(16, 1))
for (const name of [
  'mvhd',
  'mdia',
  'stbl',
  'stsd',
  'stts',
  'stss',
  'ctts',
  'stsc',
  'stsz',
  'stco',
  'dinf',
]) {
  lie(`${name}-twice`, name, (contents) => Buffer.concat([contents, atom(name, contents)]))
}
lie('compressed', 'moov', (contents) => Buffer.concat([atom('cmov'), contents]))
lie('recursion', 'moov', (contents) =>
  atom('moov', atom('moov', atom('trak', atom('trak', contents)))),
)
for (const name of ['mdia', 'moov', 'stbl']) {
  lie(`${name}-inside-large`, name, (contents) =>
    Buffer.concat([numbers(0x7f_00_00_00), contents.subarray(4)]),
  )
  lie(`${name}-inside-small`, name, (contents) => Buffer.concat([numbers(7), contents.subarray(4)]))
  lie(`${name}-inside-end`, name, (contents) => Buffer.concat([numbers(0), contents.subarray(4)]))
  lie(`${name}-inside-long`, name, (contents) =>
    Buffer.concat([
      numbers(1),
      Buffer.from('free'),
      numbers(0x7f_ff_ff_ff, 0xff_ff_ff_ff),
      contents,
    ]),
  )
  lie(`${name}-inside-tiny`, name, (contents) =>
    Buffer.concat([numbers(1), Buffer.from('free'), numbers(0, 12), contents]),
  )
}
const good = movie({ tracks })
FALSE.cut = good.subarray(0, 300)
FALSE.tail = Buffer.concat([good.subarray(0, 28), Buffer.from('abc')])
FALSE.text = Buffer.from('This is no movie at all, and yet it ends in mp4.')
FALSE.empty = Buffer.alloc(0)
FALSE['moov-twice'] = Buffer.concat([
  good.subarray(0, 28),
  movie({ tracks, index: 'behind' }),
  good.subarray(28),
])
FALSE['large-type'] = Buffer.concat([atom('ftyp', Buffer.alloc(1025)), good.subarray(28)])
FALSE['type-twice'] = Buffer.concat([good.subarray(0, 28), good])
for (const [name, bytes] of Object.entries(FALSE)) put(`false/${name}.mp4`, bytes)
execFileSync('chmod', ['-R', 'a+rX', files.dir])

const TIMES = [
  '0',
  '0.1',
  '0.399',
  '.4',
  '1',
  '1.2345678',
  '2.5',
  '3',
  '5.99',
  '6.01',
  '7.05',
  '8',
  '9.9',
]
const LENGTHS = ['0.05', '0.2', '0.4', '1', '1.2', '2.95', '5', '99']

describe.skipIf(nginxMissing())('as nginx does', () => {
  let pair: Twins
  beforeAll(async () => {
    pair = await twins(
      `root ${files.dir}; types { video/mp4 mp4; audio/mp4 m4a; }
       location / { mp4; }
       location /key/ { alias ${files.dir}/; mp4; mp4_start_key_frame on; }
       location /small/ { alias ${files.dir}/; mp4; mp4_buffer_size 512; mp4_max_buffer_size 1k; }`,
    )
  })
  const same = async (target: string, ask: Ask = {}) => {
    const { ours, theirs } = await pair.ask(target, ask)
    expect([target, ours]).toEqual([target, theirs])
    return ours
  }

  test.each([
    '/front.mp4',
    '/behind.mp4',
    '/video.mp4',
    '/audio.m4a',
    '/long.mp4',
    '/short-audio.mp4',
    '/key/front.mp4',
    '/key/long.mp4',
  ])('%s from and to any time', async (path) => {
    let cuts = 0
    let better = 0
    const look = async (query: string) => {
      const { ours, theirs } = await pair.ask(`${path}?${query}`)
      if (ours.status === 200) cuts++
      // nginx leaves out the last samples where a part ends in the chunk it begins within.
      const isShort = theirs.status === 500 || theirs.body.length < ours.body.length
      if (ours.status === 200 && isShort) better++
      else expect([query, ours]).toEqual([query, theirs])
    }
    for (const start of TIMES) {
      await look(`start=${start}`)
      for (const length of LENGTHS)
        await look(`start=${start}&end=${Number(start) + Number(length)}`)
    }
    expect(better).toBeLessThan(cuts / 3)
    expect(cuts).toBeGreaterThan(60)
  })

  test.each([
    ['/front.mp4', {}],
    ['/behind.mp4?start=0', {}],
    ['/front.mp4?start=0', {}],
    ['/front.mp4?end=3', {}],
    ['/front.mp4?end=0', {}],
    ['/front.mp4?start=', {}],
    ['/front.mp4?start=x&end=y', {}],
    ['/front.mp4?start=1.2.3', {}],
    ['/front.mp4?start=-1', {}],
    ['/front.mp4?start=1e1', {}],
    ['/front.mp4?start=.', {}],
    ['/front.mp4?start=4&end=2', {}],
    ['/front.mp4?a=b&START=4&START=1', {}],
    ['/front.mp4?start=10', {}],
    ['/front.mp4?start=11', {}],
    ['/front.mp4?start=99999999999999999999', {}],
    ['/front.mp4?start=9223372036854775', {}],
    ['/front.mp4?start=4', { method: 'HEAD' }],
    ['/front.mp4?start=4', { method: 'POST' }],
    ['/front.mp4?start=4', { headers: { Range: 'bytes=10-20' } }],
    ['/front.mp4?start=4', { headers: { Range: 'bytes=-20' } }],
    ['/front.mp4', { headers: { Range: 'bytes=10-20' } }],
    ['/small/front.mp4?start=4', {}],
    ['/folder.mp4', {}],
    ['/none.mp4?start=1', {}],
    ['/', {}],
  ] as readonly (readonly [string, Ask])[])('%s %j', async (target, ask) => {
    await same(target, ask)
  })

  test.each(Object.keys(FALSE))('false: %s', async (name) => {
    for (const query of ['start=3', 'start=3&end=5', 'end=2', 'start=0']) {
      const { ours, theirs } = await pair.ask(`/false/${name}.mp4?${query}`)
      expect([query, ours.status]).toEqual([query, theirs.status])
      if (ours.status === 200) expect(ours).toEqual(theirs)
    }
  })
})

test('parts hold exactly the samples of their time', async () => {
  put('atoms.mp4', Buffer.concat([...Array.from({ length: 10_001 }, () => atom('free')), good]))
  const gateway = await startGateway({
    yaml: `
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      root: ${files.dir}
      location: { /: { mp4: "" }, /key/: { mp4: "", alias: "${files.dir}/", mp4_start_key_frame: on } }
`,
    expected: [/mp4/],
  })
  const ask = (target: string) => get(gateway.port(), target)
  const data = async (target: string) => {
    const { body, status } = await ask(target)
    return status === 200 ? body.toString('latin1').split('mdat')[1] : status
  }
  const samples = (from: number, to: number, kind = 'v', size?: number) => {
    const each = Array.from({ length: to - from }, (_, i) => from + i)
    return each
      .map((i) => Buffer.alloc(size ?? 10 + (i % 7), `${kind}${i}.`).toString('latin1'))
      .join('')
  }
  expect(await data('/video.mp4?start=1&end=1.2')).toBe(samples(10, 12))
  expect(await data('/video.mp4?start=0.1&end=0.3')).toBe(samples(1, 3))
  expect(await data('/video.mp4?start=2.1&end=5.5')).toBe(samples(21, 55))
  expect(await data('/video.mp4?start=9.5')).toBe(samples(85, 90))
  expect(await data('/key/video.mp4?start=2.1&end=5.5')).toBe(samples(12, 55))
  expect(await data('/uniform.mp4?start=2.1&end=5.5')).toBe(samples(21, 55, 'v', 9))
  expect(await data('/one-chunk.mp4?start=2&end=4')).toBe(samples(10, 20, 'a'))
  // How many samples of one size there are, nginx leaves as it was.
  const uniform = (await ask('/uniform.mp4?start=2.1&end=5.5')).body
  const at = uniform.indexOf('stsz')
  expect([uniform.readUInt32BE(at + 8), uniform.readUInt32BE(at + 12)]).toEqual([9, 34])
  expect((await ask('/atoms.mp4?start=1')).status).toBe(500)
  await gateway.logged(/more than 10000 mp4 atoms in ".*atoms.mp4"/)
})

test("words of nginx's commercial edition are refused as such", async () => {
  const said = async (text: string) => {
    files.write('bad.yaml', `http: { server: [ location: { /: { ${text} } } ] }\n`)
    return (await runCommand(['-t', '-c', files.path('bad.yaml')])).stderr
  }
  for (const word of ['mp4_limit_rate: on', 'mp4_limit_rate_after: 30s']) {
    expect(await said(word)).toContain("it is of nginx's commercial edition")
  }
  expect(await said('mp4_max_buffer_size: big')).toContain('"big" is not a size')
})

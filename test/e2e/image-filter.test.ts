import { readFileSync } from 'node:fs'
import sharp from 'sharp'
import { beforeAll, describe, expect, test } from 'vitest'
import { onCleanup } from '../harness/cleanup.ts'
import type { Gateway } from '../harness/gateway.ts'
import { loadModule, nginxMissing } from '../harness/nginx.ts'
import { asYaml } from '../harness/nginx-conf.ts'
import { connect, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { type Twins, twins, type Whole } from '../harness/twins.ts'
import { Workspace } from '../harness/workspace.ts'

const MODULE = loadModule('image_filter')
const files = new Workspace('image-filter')
onCleanup(() => files.remove())

const CORNERS = [
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
  [255, 255, 255],
] as const

/** Four quarters in four colours, so that it shows how an image lies. */
function quarters(width: number, height: number, channels: 3 | 4 = 3) {
  const pixels = Buffer.alloc(width * height * channels, 255)
  for (let i = 0; i < width * height; i++) {
    const right = i % width >= width / 2 ? 1 : 0
    const below = Math.floor(i / width) >= height / 2 ? 2 : 0
    const colour = CORNERS[right + below] as readonly number[]
    pixels.set(colour, i * channels)
    // The last quarter can be seen through.
    if (channels === 4 && right && below) pixels[i * channels + 3] = 0
  }
  return sharp(pixels, { raw: { width, height, channels } })
}

/** The beginning of a PNG image of this size, and nothing of it. */
function pngHead(width: number, height: number): Buffer {
  const head = Buffer.from(`\x89PNG\r\n\x1a\n\0\0\0\rIHDR........\x08\x02nothing`, 'latin1')
  head.writeUInt32BE(width, 16)
  head.writeUInt32BE(height, 20)
  return head
}

const LOCATIONS = `
  location = /none { }
  location /test/ { alias %F/; image_filter test; }
  location /size/ { alias %F/; image_filter size; }
  location /rotate/ { alias %F/; image_filter rotate $arg_a; }
  location /r90/ { alias %F/; image_filter rotate 90; }
  location /resize/ { alias %F/; image_filter resize $arg_w $arg_h; image_filter rotate $arg_a; }
  location /crop/ { alias %F/; image_filter crop $arg_w $arg_h; image_filter rotate $arg_a; }
  location /fixed/ { alias %F/; image_filter resize 40 -; image_filter_interlace on;
    image_filter_jpeg_quality 20; image_filter_sharpen 50; image_filter_webp_quality 10; }
  location /opaque/ { alias %F/; image_filter resize 40 -; image_filter_transparency off; }
  location /small/ { alias %F/; image_filter resize 40 40; image_filter_buffer 100; }
  location /quality/ { alias %F/; image_filter resize 40 40; image_filter_jpeg_quality $arg_q; }
  location /page/ { alias %F/; image_filter test; error_page 415 = /empty; }
  location = /empty { empty_gif; }
  location /proxied/ { proxy_pass http://127.0.0.1:%%PORT_1%%/; image_filter resize 40 40;
    image_filter_buffer 2k; }
`.replaceAll('%F', files.dir)
/** Where the length of a file is not known beforehand. */
const ORIGIN = `location / { root ${files.dir}; sub_filter nothing-of-it x; sub_filter_types *; }`
const TYPES = 'types { image/jpeg jpg; image/gif gif; image/png png; text/plain txt webp; }'

beforeAll(async () => {
  const jpeg = (width: number, height: number) => quarters(width, height).jpeg().toBuffer()
  files.write('a.jpg', await jpeg(100, 60))
  files.write('tall.jpg', await jpeg(60, 100))
  files.write('large.jpg', await jpeg(1000, 1000))
  files.write('exif.jpg', await quarters(30, 20).withMetadata({ orientation: 6 }).jpeg().toBuffer())
  files.write('a.png', await quarters(100, 60).png().toBuffer())
  files.write('clear.png', await quarters(100, 60, 4).png().toBuffer())
  files.write('palette.png', await quarters(100, 60, 4).png({ palette: true }).toBuffer())
  files.write('a.gif', await quarters(100, 60, 4).gif().toBuffer())
  files.write('a.webp', await quarters(100, 60).webp().toBuffer())
  files.write('lossless.webp', await quarters(100, 60).webp({ lossless: true }).toBuffer())
  files.write('clear.webp', await quarters(100, 60, 4).webp().toBuffer())
  files.write('text.jpg', 'this is no image, whatever its name says of it')
  files.write('short.jpg', '\xff\xd8\xff')
  files.write('empty.jpg', '')
  files.write('magic.png', pngHead(1, 1))
  files.write('magic.jpg', Buffer.from(`\xff\xd8${'x'.repeat(60)}`, 'latin1'))
  files.write('page.svg', '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
})

/** An answer, of an image what it is instead of its bytes. */
async function described({ body, fields, status }: Whole) {
  if (body.includes('xxx') || body.endsWith('nothing')) return { body, fields, status }
  const type = fields.find((field) => field.startsWith('content-type'))
  const others = fields.filter((field) => !field.startsWith('content-length'))
  if (!type?.includes('image/') || status !== 200) return { status, fields: others, body }
  const bytes = Buffer.from(body, 'latin1')
  expect(fields).toContain(`content-length: ${bytes.length}`)
  const { format, height, width, isProgressive } = await sharp(bytes).metadata()
  return {
    status,
    fields: others,
    format,
    width,
    height,
    isProgressive,
    corners: await cornersOf(bytes),
  }
}

/** The number of the colour in each corner, - where one looks through, ? for another colour. */
async function cornersOf(bytes: Buffer): Promise<string> {
  const { data, info } = await sharp(bytes)
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  const { height, width } = info
  const at = (x: number, y: number) => [
    ...data.subarray((y * width + x) * 4, (y * width + x + 1) * 4),
  ]
  const name = ([r = 0, g = 0, b = 0, a = 0]: number[]) => {
    if (a < 128) return '-'
    const near = CORNERS.findIndex(
      ([R, G, B]) => Math.abs(r - R) + Math.abs(g - G) + Math.abs(b - B) < 150,
    )
    return near < 0 ? '?' : `${near}`
  }
  const [right, below] = [width - 1, height - 1]
  return [at(0, 0), at(right, 0), at(0, below), at(right, below)].map(name).join('')
}

const IMAGES = [
  'a.jpg',
  'tall.jpg',
  'a.png',
  'clear.png',
  'palette.png',
  'a.gif',
  'a.webp',
  'lossless.webp',
]
const BAD = ['text.jpg', 'short.jpg', 'empty.jpg', 'magic.png', 'magic.jpg', 'page.svg', 'none.jpg']
const ASKS: readonly string[] = [
  ...[...IMAGES, ...BAD, 'clear.webp'].flatMap((name) => [`/test/${name}`, `/size/${name}`]),
  ...[...IMAGES, ...BAD].flatMap((name) => [
    `/r90/${name}`,
    `/resize/${name}?w=30&h=30`,
    `/crop/${name}?w=30&h=30`,
    `/fixed/${name}`,
  ]),
  ...['90', '180', '270', '45', '', 'x'].map((angle) => `/rotate/a.png?a=${angle}`),
  ...[
    'w=50&h=-',
    'w=-&h=20',
    'w=0&h=20',
    'w=20',
    'w=x&h=5',
    'w=1&h=1',
    'w=100&h=60',
    'w=99&h=1000',
    'w=500&h=500',
    'w=-&h=-',
    'w=50&h=50&a=90',
    'w=33&h=77&a=270',
    'w=7&h=50&a=180',
  ].flatMap((args) => [`/resize/a.png?${args}`, `/crop/a.png?${args}`, `/crop/tall.jpg?${args}`]),
  '/fixed/exif.jpg',
  '/r90/exif.jpg',
  '/small/a.jpg',
  '/small/empty.jpg',
  '/opaque/a.jpg',
  '/opaque/clear.png',
  '/quality/a.jpg?q=30',
  '/quality/a.jpg?q=0',
  '/quality/a.jpg?q=x',
  '/quality/a.jpg',
  '/page/text.jpg',
  '/page/a.jpg',
  '/proxied/a.jpg',
  '/proxied/text.jpg',
  '/proxied/none.jpg',
]

/** Our answer alone. */
async function get(gateway: Gateway, target: string, method = 'GET') {
  const client = await connect(gateway.port())
  const answer = await client.exchange(request(`${method} ${target}`, { Connection: 'close' }), {
    method,
  })
  client.destroy()
  return answer
}

describe('image_filter', () => {
  let gateway: Gateway
  beforeAll(async () => {
    files.write('bomb.png', pngHead(30_000, 30_000))
    files.write('cut.jpg', readFileSync(files.path('large.jpg')).subarray(0, 5000))
    const servers = [LOCATIONS, ORIGIN].map(
      (content, i) => `server { listen 127.0.0.1:%%PORT_${i}%%; ${content} }`,
    )
    const yaml = `http: ${asYaml(`${TYPES} ${servers.join('\n')}`)}`
    gateway = await startGateway({ yaml, expected: [/image filter: /, /sub_filter/] })
  })

  test.each([
    ['bomb.png', 'too many pixels: 30000 x 30000'],
    ['cut.jpg', 'VipsJpeg: premature end of JPEG image'],
  ])('refuses %s', async (name, reason) => {
    const { status } = await get(gateway, `/fixed/${name}`)
    expect(status).toBe(415)
    expect(gateway.errorLog()).toContain(`image filter: ${reason}`)
  })

  test('refuses what does not fit into the buffer, whoever says so', async () => {
    const known = await get(gateway, '/small/large.jpg')
    const unknown = await get(gateway, '/proxied/large.jpg')
    expect([known.status, unknown.status]).toEqual([415, 415])
    const { size } = await sharp((await get(gateway, '/proxied/a.jpg')).body).metadata()
    expect(size).toBeGreaterThan(0)
  })

  test('keeps what can be seen through, unless it shall not', async () => {
    const corners = async (target: string) => cornersOf((await get(gateway, target)).body)
    for (const name of ['clear.png', 'palette.png', 'a.gif', 'clear.webp']) {
      expect(await corners(`/fixed/${name}`)).toBe('012-')
    }
    expect(await corners('/opaque/clear.png')).toBe('012-')
    for (const name of ['palette.png', 'a.gif']) {
      expect(await corners(`/opaque/${name}`)).toMatch(/^012[^-]$/)
    }
    expect(await corners('/resize/a.png?w=33&h=77&a=270')).toBe('2031')
  })

  test('writes images as well as it is told to', async () => {
    const length = async (quality: number) =>
      (await get(gateway, `/quality/large.jpg?q=${quality}`)).body.length
    expect(await length(5)).toBeLessThan(await length(100))
    expect(await length(1000)).toBe(await length(100))
  })

  test('says nothing of the length of an image nobody has read', async () => {
    const { headers, status } = await get(gateway, '/fixed/a.png', 'HEAD')
    expect([status, headers.get('content-type'), headers.get('content-length')]).toEqual([
      200,
      'image/png',
      undefined,
    ])
  })

  test('works on many at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, i) => get(gateway, `/resize/large.jpg?w=${i + 10}&h=-`)),
    )
    const widths = answers.map(async ({ body }) => (await sharp(body).metadata()).width)
    expect(await Promise.all(widths)).toEqual(answers.map((_, i) => i + 10))
  })
})

describe.skipIf(nginxMissing() ?? !MODULE)('image_filter, as nginx does it', () => {
  let pair: Twins
  beforeAll(async () => {
    pair = await twins([LOCATIONS, ORIGIN], TYPES, MODULE)
  })

  test.each(ASKS)('%s', async (target) => {
    const { ours, theirs } = await pair.ask(target)
    const [mine, nginxs] = [await described(ours), await described(theirs)]
    // What can be seen through is another colour in what nginx makes of it, and where it turns an
    // image of odd sides, an edge is black.
    const alike = /clear|palette|gif|a=270/.test(target) ? { corners: '' } : {}
    expect({ ...mine, ...alike }).toEqual({ ...nginxs, ...alike })
  })
})

import { type Directive, directive, type Entry, type Exchange, flag, size } from 'gateway/plugin'

const scopes = ['http', 'server', 'location'] as const

/** A number that a request may decide; 0 for what is none. */
export type Amount = (x: Exchange) => number

/** What is done with images. */
export type Task =
  | { readonly kind: 'off' | 'test' | 'size' }
  | { readonly kind: 'rotate'; readonly angle: Amount }
  | {
      readonly kind: 'resize' | 'crop'
      readonly width: Amount
      readonly height: Amount
      readonly angle: Amount | undefined
    }

export const directives = {
  image_filter: directive<Task>({
    in: ['location'],
    default: { kind: 'off' },
    doc: 'Checks images (test), describes them as JSON (size), turns them counter-clockwise by 90, 180 or 270 degrees, or makes them smaller so that they fit (resize) or so that they fill what is then cut out of them (crop); - leaves a side alone. What is no JPEG, GIF, PNG or WebP image, or cannot be worked on, is answered with 415. rotate may stand beside resize or crop.',
    usage: 'off | test | size | rotate degrees | resize width height | crop width height',
    min: 1,
    max: 3,
    kind: 'template',
    repeat: true,
    read: readTask,
  }),
  image_filter_buffer: size({
    in: scopes,
    default: 2 ** 20,
    doc: 'How large an image may be; a larger one is answered with 415.',
  }),
  image_filter_interlace: flag({
    in: scopes,
    default: false,
    doc: 'Whether images that are made are interlaced (of JPEG: progressive).',
  }),
  image_filter_jpeg_quality: amount({
    default: 75,
    least: 1,
    doc: 'The quality of JPEG images that are made, from 1 to 100.',
    usage: 'quality',
  }),
  image_filter_sharpen: amount({
    default: 0,
    least: 0,
    doc: 'How much images that are made are sharpened, in percent, which may be over 100.',
    usage: 'percent',
  }),
  image_filter_transparency: flag({
    in: scopes,
    default: true,
    doc: 'Whether the transparent colour of GIF images, and of PNG images with a palette, stays. An alpha channel always does.',
  }),
  image_filter_webp_quality: amount({
    default: 80,
    least: 1,
    doc: 'The quality of WebP images that are made, from 1 to 100.',
    usage: 'quality',
  }),
}

function amount(about: {
  readonly default: number
  readonly least: number
  readonly doc: string
  readonly usage: string
}): Directive<Amount> {
  return directive<Amount>({
    in: scopes,
    default: () => about.default,
    doc: about.doc,
    usage: about.usage,
    min: 1,
    max: 1,
    kind: 'template',
    read: (entry) => {
      const [text = ''] = entry.args
      return readAmount(entry, text, (value) => {
        return /^\d{1,9}$/.test(value) && Number(value) >= about.least ? Number(value) : undefined
      })
    },
  })
}

function readTask(entry: Entry, before: Task = { kind: 'off' }): Task {
  const [kind = '', first = '', second = ''] = entry.args
  switch (entry.args.length) {
    case 1:
      if (kind === 'off' || kind === 'test' || kind === 'size') return { kind }
      break
    case 2:
      if (kind === 'rotate') return rotating(before, readAmount(entry, first, angleOf))
      break
    default:
      if (kind === 'resize' || kind === 'crop') {
        const width = readAmount(entry, first, sideOf)
        const height = readAmount(entry, second, sideOf)
        return { kind, width, height, angle: 'angle' in before ? before.angle : undefined }
      }
  }
  return entry.fail(`invalid parameter "${kind}"`)
}

function rotating(before: Task, angle: Amount): Task {
  const reduces = before.kind === 'resize' || before.kind === 'crop'
  return reduces ? { ...before, angle } : { kind: 'rotate', angle }
}

function readAmount(
  entry: Entry,
  text: string,
  parse: (text: string) => number | undefined,
): Amount {
  const template = entry.template(text)
  if (template.constant === undefined) return (x) => parse(template.render(x)) ?? 0
  const value = parse(template.constant)
  return value === undefined ? entry.fail(`invalid parameter "${text}"`) : () => value
}

function angleOf(text: string): number | undefined {
  return text === '90' || text === '180' || text === '270' ? Number(text) : undefined
}

function sideOf(text: string): number | undefined {
  if (text === '-') return Number.POSITIVE_INFINITY
  return /^\d{1,9}$/.test(text) && Number(text) > 0 ? Number(text) : undefined
}
